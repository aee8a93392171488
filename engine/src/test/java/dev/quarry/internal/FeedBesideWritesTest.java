package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Snapshot;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.ChangeListener;
import dev.quarry.change.Subscription;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.CommitSteps.Step;
import dev.quarry.internal.write.Committer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The change feed beside writes that fail, or take long. */
@Timeout(120)
class FeedBesideWritesTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration BEAT = Duration.ofSeconds(10);

  @TempDir Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-20T23:15:00Z"));

  private TaskStoreOptions options() {
    return TaskStoreOptions.builder(directory.resolve("s")).clock(clock::get).build();
  }

  private static Task task(String id) {
    return Task.builder(id, "t").build();
  }

  private static void awaitLive(Subscription subscription) throws Exception {
    Until.holds("it is live", () -> subscription.state() == Subscription.State.LIVE);
  }

  private static Subscription watch(TaskStore store, long from, List<Long> into) {
    return store.watch(
        WatchOptions.builder().fromSequence(from).build(),
        (Change change) -> into.add(change.sequence()));
  }

  /** Its sequence is used, and no commit of it is ever told. */
  @ParameterizedTest(name = "for now: {0}")
  @ValueSource(booleans = {true, false})
  void whoWatchesBehindAFailedWriteIsLive(boolean passes) throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    List<Long> got = new CopyOnWriteArrayList<>();
    try (TaskStore store =
        SteppedStores.open(
            options(),
            step -> {
              if (step == Step.ANNOUNCED && fails.get()) {
                throw new StorageException("planned", Map.of(), null, passes);
              }
            })) {
      store.insert(task("A"));
      fails.set(true);
      assertThatThrownBy(() -> store.insert(task("B"))).hasMessageContaining("planned");
      fails.set(false);
      Subscription now = watch(store, WatchOptions.NOW, got);
      awaitLive(now);
      assertThat(now.position()).as("where the next one may be").isEqualTo(store.sequence());
      try (Snapshot snapshot = store.snapshot()) {
        awaitLive(watch(store, snapshot.sequence(), new CopyOnWriteArrayList<>()));
      }
      if (passes) {
        assertThat(now.await(store.insert(task("C")).version(), LONG)).isTrue();
        assertThat(got).containsExactly(3L);
      }
    }
  }

  /** Nor do retries, and those that join: all of them are the dispatcher's. */
  @Test
  void heartbeatsDoNotWaitForTheDropOfAnExpiredName() throws Exception {
    BlockingQueue<Instant> beats = new LinkedBlockingQueue<>();
    ChangeListener listener =
        new ChangeListener() {
          @Override
          public void accept(Change change) {}

          @Override
          public void heartbeat(long position, Instant at) {
            beats.add(at);
          }
        };
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (TaskStore store = TaskStore.open(options());
        AutoCloseable free = release::countDown) { // before the store waits for the writer
      assertThat(free).isNotNull();
      WatchOptions named = WatchOptions.builder().name("old").expiry(Duration.ofHours(1)).build();
      store.watch(named, change -> {}).close();
      awaitLive(store.watch(WatchOptions.builder().heartbeat(BEAT).build(), listener));
      Committer committer = ((WritingParts) ((QuarryStore) store).parts).committer;
      Thread writer = new Thread(() -> committer.alone(() -> hold(held, release)));
      writer.start();
      assertThat(held.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
      clock.set(clock.get().plus(Duration.ofHours(2)));
      for (int i = 0; i < 3; i++) { // the first is before the drop
        assertThat(beats.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo(clock.get());
        clock.set(clock.get().plus(BEAT));
      }
      assertThat(store.subscriptions().list())
          .extracting(Subscriptions.Named::name)
          .containsExactly("old");
      release.countDown();
      writer.join();
      clock.set(clock.get().plus(Duration.ofMinutes(1)));
      Until.holds("it is dropped", () -> store.subscriptions().list().isEmpty());
    }
  }

  private static Void hold(CountDownLatch held, CountDownLatch release) {
    held.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }
}
