package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Snapshot;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.CommitSteps.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A subscription may go on from what a snapshot shows, also where the snapshot has a commit that
 * its writer has not completed yet.
 */
@Timeout(120)
class WatchFromSnapshotTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir Path directory;

  private final List<Long> fromSnapshot = new CopyOnWriteArrayList<>();
  private final List<Long> fromBefore = new CopyOnWriteArrayList<>();

  private static Task task(String id) {
    return Task.builder(id, "t").build();
  }

  private static Subscription watch(TaskStore store, long from, List<Long> into) {
    return store.watch(
        WatchOptions.builder().fromSequence(from).build(),
        (Change change) -> into.add(change.sequence()));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ANNOUNCED")
  void behindACommitThatIsWritten(Step place) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean armed = new AtomicBoolean();
    TaskStoreOptions options = TaskStoreOptions.builder(directory.resolve("store")).build();
    try (TaskStore store =
            SteppedStores.open(options, step -> stop(step == place, armed, reached, goOn));
        AutoCloseable release = goOn::countDown) { // before the store waits for the writer
      assertThat(release).isNotNull();
      store.insert(task("A"));
      Subscription before = watch(store, 0, fromBefore);
      assertThat(before.await(1, MINUTE)).isTrue();
      armed.set(true);
      CompletableFuture<Task> writer = CompletableFuture.supplyAsync(() -> store.insert(task("B")));
      assertThat(reached.await(1, TimeUnit.MINUTES)).isTrue();
      Subscription behind;
      try (Snapshot snapshot = store.snapshot()) {
        assertThat(snapshot.get("B")).isPresent();
        assertThat(snapshot.sequence()).isEqualTo(2);
        behind = watch(store, snapshot.sequence(), fromSnapshot);
      }
      assertThatThrownBy(() -> watch(store, 3, fromSnapshot))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("but is 3");
      Subscription now = watch(store, WatchOptions.NOW, new CopyOnWriteArrayList<>());
      Until.holds("it is live", () -> now.state() == Subscription.State.LIVE);
      assertThat(fromBefore).as("the commit is not complete").containsExactly(1L);
      goOn.countDown();
      assertThat(writer.get(1, TimeUnit.MINUTES).version()).isEqualTo(2);
      store.insert(task("C"));
      assertThat(behind.await(3, MINUTE)).isTrue();
      assertThat(before.await(3, MINUTE)).isTrue();
      assertThat(fromSnapshot).containsExactly(3L);
      assertThat(fromBefore).containsExactly(1L, 2L, 3L);
    }
  }

  private static void stop(
      boolean isHere, AtomicBoolean armed, CountDownLatch reached, CountDownLatch goOn) {
    if (isHere && armed.compareAndSet(true, false)) {
      reached.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
