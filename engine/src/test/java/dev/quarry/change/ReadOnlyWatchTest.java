package dev.quarry.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.IndexSpec;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The feed of a store opened read-only beside its writer. */
@Timeout(600)
class ReadOnlyWatchTest {
  @TempDir Path directory;

  @Test
  void followsTheWriter() throws Exception {
    Path path = directory.resolve("store");
    try (TaskStore writer = TaskStore.open(path)) {
      writer.insert(Task.builder("A", "a").build());
      try (TaskStore reader = TaskStore.openReadOnly(path)) {
        Queue<Change> got = new ConcurrentLinkedQueue<>();
        Condition all = new Condition.And(List.of());
        try (Subscription subscription = reader.watch(all, 0, got::add)) {
          assertThat(subscription.await(1, Duration.ofMinutes(5))).isTrue();
          for (int i = 0; i < 6_000; i++) {
            writer.update(
                "A", t -> t.withStatus(t.status() == Status.TODO ? Status.DONE : Status.TODO));
          }
          assertThat(subscription.await(writer.sequence(), Duration.ofMinutes(5)))
              .as("%s", subscription.failure())
              .isTrue();
          assertThat(reader.sequence()).isEqualTo(writer.sequence());
        }
        List<Change> changes = new ArrayList<>(got);
        assertThat(changes).hasSize(6_001);
        for (int i = 0; i < changes.size(); i++) {
          assertThat(changes.get(i).sequence()).isEqualTo(i + 1);
          assertThat(changes.get(i).after().version()).isEqualTo(i + 1);
          assertThat(changes.get(i).before()).isEqualTo(i == 0 ? null : changes.get(i - 1).after());
        }
        assertThat(reader.history("A", 3)).containsExactlyElementsOf(lastThree(changes));
        WatchOptions named = WatchOptions.builder().name("n").build();
        assertThatThrownBy(() -> reader.watch(named, change -> {}))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("read-only");
        assertThatThrownBy(() -> reader.subscriptions().drop("n"))
            .isInstanceOf(StorageException.class)
            .hasMessageContaining("read-only");
      }
    }
  }

  /**
   * Each commit comes right behind a delivery, so that it waits as long as one can. The median
   * counts: a machine that is busy with others for a while delays some.
   */
  @Test
  void aChangeIsToldWithinASecond() throws Exception {
    Path path = directory.resolve("store");
    try (TaskStore writer = TaskStore.open(path);
        TaskStore reader = TaskStore.openReadOnly(path)) {
      BlockingQueue<Long> told = new LinkedBlockingQueue<>();
      Condition all = new Condition.And(List.of());
      try (Subscription subscription =
          reader.watch(all, 0, change -> told.add(System.nanoTime()))) {
        List<Duration> later = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
          writer.insert(Task.builder("T-" + i, "t").build());
          long committed = System.nanoTime();
          Long at = told.poll(5, TimeUnit.MINUTES);
          assertThat(at).as("%s", subscription.failure()).isNotNull();
          later.add(Duration.ofNanos(at - committed));
        }
        later.sort(null);
        assertThat(later.get(later.size() / 2)).as("%s", later).isLessThan(Duration.ofSeconds(1));
      }
    }
  }

  /** A verb of its own takes over what was committed; no other has to be called before it. */
  @Test
  void sequenceAndIndexesAreThoseOfTheWriter() {
    Path path = directory.resolve("store");
    try (TaskStore writer = TaskStore.open(path);
        TaskStore reader = TaskStore.openReadOnly(path)) {
      writer.insert(Task.builder("A", "a").build());
      assertThat(reader.sequence()).isEqualTo(writer.sequence());
      writer.createIndex(
          IndexSpec.ordered("by-project", TaskFields.PROJECT.ascending()), ProgressListener.NONE);
      assertThat(reader.indexes()).isEqualTo(writer.indexes());
    }
  }

  @Test
  void aPublisherBeginsAtTheWritersLastCommit() throws Exception {
    Path path = directory.resolve("store");
    try (TaskStore writer = TaskStore.open(path);
        TaskStore reader = TaskStore.openReadOnly(path)) {
      for (int i = 0; i < 10; i++) {
        writer.insert(Task.builder("before " + i, "a").build());
      }
      BlockingQueue<String> got = new LinkedBlockingQueue<>();
      reader.changes(WatchOptions.builder().build()).subscribe(new Ids(got));
      writer.insert(Task.builder("after", "a").build());
      assertThat(got.poll(60, TimeUnit.SECONDS)).isEqualTo("after");
    }
  }

  private record Ids(Queue<String> got) implements Flow.Subscriber<Change> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Change change) {
      got.add(change.id());
    }

    @Override
    public void onError(Throwable failure) {
      got.add(failure.toString());
    }

    @Override
    public void onComplete() {
      got.add("complete");
    }
  }

  private static List<Change> lastThree(List<Change> changes) {
    int n = changes.size();
    return List.of(changes.get(n - 1), changes.get(n - 2), changes.get(n - 3));
  }
}
