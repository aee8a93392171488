package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How soon jobs end that are cancelled, and queries whose time is over. Each is tried several times
 * and the best one counts: the machine may be busy, and what does not listen at all is late always.
 */
@Timeout(300)
class EndsInTimeTest {
  /** On a busy machine a thread waits for a processor longer than these times, in some of them. */
  private static final int TRIES = 30;

  private static final int TASKS = 50_000;
  private static final Duration CANCELLED = Duration.ofMillis(100);
  private static final Duration TIMED_OUT = Duration.ofMillis(10);

  /** Has to look at the record of every task, and finds none. */
  private static final Query SLOW = Query.where(TaskFields.attribute("found").startsWith("y"));

  @TempDir Path directory;

  private interface Work {
    Job begin(TaskStore store, int number);
  }

  private TaskStore open() {
    return open(Duration.ofSeconds(30));
  }

  private TaskStore open(Duration queryTimeout) {
    TaskStore store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("s"))
                .recordCacheBytes(0)
                .queryTimeout(queryTimeout)
                .build());
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(Task.builder("T-" + i, "task " + i).attribute("found", "no").build());
    }
    store.insertAll(tasks);
    return store;
  }

  /** Begins, cancels a little later each time, and returns the shortest wait for the end. */
  private static Duration cancel(TaskStore store, Work work) throws InterruptedException {
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < TRIES && best.compareTo(CANCELLED) > 0; i++) {
      Job job = work.begin(store, i);
      awaitWork(job, Duration.ofMillis(7L * (i % 5)));
      long from = System.nanoTime();
      job.cancel();
      Job.Progress end = job.await();
      Duration took = Duration.ofNanos(System.nanoTime() - from);
      if (end.state() == Job.State.CANCELLED && took.compareTo(best) < 0) { // and not done before
        best = took;
      }
    }
    return best;
  }

  /** Until the job has had so much of a processor, of which a sleep may give it none, or ended. */
  @SuppressWarnings({"deprecation", "ThreadId"}) // Thread.threadId came with 19
  private static void awaitWork(Job job, Duration work) {
    ThreadMXBean times = ManagementFactory.getThreadMXBean();
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("quarry-job-"))
            .toList();
    while (job.progress().state() == Job.State.RUNNING
        && threads.stream().noneMatch(t -> times.getThreadCpuTime(t.getId()) >= work.toNanos())) {
      Thread.onSpinWait();
    }
  }

  @Test
  void jobsThatAreCancelled() throws Exception {
    UnaryOperator<Task> change = t -> t.withTitle(t.title() + "+");
    // a chunk takes a minute with this one, so that a cancel has to be heard within it
    UnaryOperator<Task> slowly =
        t -> {
          sleep();
          return change.apply(t);
        };
    try (TaskStore store = open()) {
      assertThat(cancel(store, (s, i) -> s.updateAll("a" + i, Query.all(), 1_000, change)))
          .as("in chunks")
          .isLessThanOrEqualTo(CANCELLED);
      assertThat(cancel(store, (s, i) -> s.updateAll("b" + i, Query.all(), TASKS, slowly)))
          .isLessThanOrEqualTo(CANCELLED);
      assertThat(cancel(store, (s, i) -> s.updateAll("c" + i, SLOW, 1_000, change)))
          .isLessThanOrEqualTo(CANCELLED);
      assertThat(cancel(store, (s, i) -> s.archive(Query.all()))).isLessThanOrEqualTo(CANCELLED);
      store.archive(Query.all()).await();
      assertThat(cancel(store, (s, i) -> s.restore(Query.all()))).isLessThanOrEqualTo(CANCELLED);
      assertThat(cancel(store, (s, i) -> s.purge(Query.all()))).isLessThanOrEqualTo(CANCELLED);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** They would begin at the same place again, and end there again. */
  @Test
  void jobsAreNotEndedByTheTimeOfQueries() throws Exception {
    try (TaskStore store = open(Duration.ofMillis(1))) {
      assertThatThrownBy(() -> store.count(SLOW)).isInstanceOf(QueryTimeoutException.class);
      assertThat(store.updateAll("rare", SLOW, 100, t -> t).await().state())
          .isEqualTo(Job.State.DONE);
      assertThat(store.archive(SLOW).await().state()).isEqualTo(Job.State.DONE);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void queriesWhoseTimeIsOver() {
    try (TaskStore store = open()) {
      Duration best = Duration.ofDays(1);
      for (int i = 0; i < TRIES && best.compareTo(TIMED_OUT.multipliedBy(2)) > 0; i++) {
        long from = System.nanoTime();
        assertThatThrownBy(() -> store.within(TIMED_OUT).count(SLOW))
            .isInstanceOf(QueryTimeoutException.class);
        Duration took = Duration.ofNanos(System.nanoTime() - from);
        best = took.compareTo(best) < 0 ? took : best;
      }
      assertThat(best).isBetween(TIMED_OUT, TIMED_OUT.multipliedBy(2));
      assertThat(store.stats().openCursors()).isZero();
      assertThat(store.stats().openSnapshots()).isZero();
    }
  }
}
