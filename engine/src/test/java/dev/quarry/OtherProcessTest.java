package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store and other processes: locks, and readers beside a writer. */
@Timeout(300)
class OtherProcessTest {
  @TempDir Path directory;

  private Path path() {
    return directory.resolve("store");
  }

  @Test
  void theHolderIsNamedAndADeadOneBlocksNobody() throws Exception {
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Holder.class, path())) {
      assertThat(child.line()).isEqualTo("open 0");
      assertThatThrownBy(() -> TaskStore.open(path()))
          .isInstanceOf(StoreLockedException.class)
          .hasMessageContaining("pid=" + child.pid());
      child.kill();
    }
    try (TaskStore store = TaskStore.open(path())) {
      store.insert(Task.builder("A", "a").build());
    }
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Holder.class, path())) {
      assertThat(child.line()).isEqualTo("open 1");
      child.say("end");
      assertThat(child.exit()).isZero();
    }
  }

  @Test
  void aRefusedSecondOpenDoesNotGiveTheLockAway() throws Exception {
    try (TaskStore store = TaskStore.open(path())) {
      assertThatThrownBy(() -> TaskStore.open(path())).isInstanceOf(StoreLockedException.class);
      try (ChildJvm child = new ChildJvm(LifecyclePrograms.Holder.class, path())) {
        assertThat(child.line()).isEqualTo("locked " + ProcessHandle.current().pid());
      }
      store.insert(Task.builder("A", "a").build());
    }
  }

  @Test
  void readersBesideAWriterOfAnotherProcessSeeWholeCommits() throws Exception {
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Writer.class, path())) {
      assertThat(child.line()).isEqualTo("open");
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try (TaskStore reader = TaskStore.openReadOnly(path())) {
        List<Future<Long>> futures = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
          futures.add(threads.submit(() -> watch(reader)));
        }
        for (Future<Long> future : futures) {
          assertThat(future.get()).isPositive();
        }
        child.say("end");
        String done = child.line();
        assertThat(child.exit()).isZero();
        assertThat(done).isEqualTo("done " + reader.count(Query.all()));
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /** Reads many times, until the writer has come some way; the last number that it saw. */
  private static long watch(TaskStore reader) {
    long last = -1;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(150);
    for (int i = 0; i < 400 || last < 100; i++) {
      assertThat(System.nanoTime() - end).as("stuck at %s after %s reads", last, i).isNegative();
      List<Optional<Task>> pair = reader.getAll(List.of("left", "right"));
      String left = pair.get(0).map(t -> t.attributes().get("n")).orElse("-1");
      String right = pair.get(1).map(t -> t.attributes().get("n")).orElse("-1");
      assertThat(left).isEqualTo(right);
      long now = Long.parseLong(left);
      assertThat(now).isGreaterThanOrEqualTo(last);
      last = now;
      if (i % 10 == 0) {
        Query query = Query.where(TaskFields.AGENT.is("a1"));
        Page<Task> page =
            reader.page(query.orderBy(TaskFields.CREATED_AT.ascending()), PageRequest.first(1_000));
        assertThat(page.items()).allMatch(t -> "a1".equals(t.agent()));
        try (Snapshot snapshot = reader.snapshot()) {
          long n = snapshot.count(query);
          assertThat(snapshot.page(query, PageRequest.first(1_000)).items()).hasSize((int) n);
        }
      }
    }
    return last;
  }
}
