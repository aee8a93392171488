package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.AsyncWrites;
import dev.quarry.BackpressureException;
import dev.quarry.ConflictException;
import dev.quarry.DuplicateTaskException;
import dev.quarry.Status;
import dev.quarry.StoreClosedException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queued writes: none is lost, none is told done before it is, and a full queue says so. */
@Timeout(120)
class AsyncWritesTest {
  @TempDir Path directory;

  /** Counts writes of the log, and stops the first once it is armed. */
  private static final class Log implements CommitSteps {
    private final AtomicInteger writes = new AtomicInteger();
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile CommitSteps.Step stopAt;

    @Override
    public void reached(Step step) {
      if (step == Step.WRITTEN) {
        writes.incrementAndGet();
      }
      if (step == stopAt) {
        stopAt = null;
        reached.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    void awaitStop() throws InterruptedException {
      assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private TaskStore open(Log log) {
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory.resolve("store")).build(),
        log,
        UnaryOperator.identity());
  }

  private static Task task(int i) {
    return Task.builder("T-" + i, "t" + i).build();
  }

  @Test
  void aRefusedWriteBehindAnAcceptedOneWaitsForNobodyElse() throws Exception {
    CountDownLatch queued = new CountDownLatch(1);
    try (TaskStore store = open(new Log());
        AsyncWrites queue = store.async()) {
      CompletableFuture<Task> first = queue.insert(task(1));
      first.get(60, TimeUnit.SECONDS);
      // holds the queue's thread, so that it takes the next ones all at once
      CompletableFuture<Task> holding =
          queue.update(
              "T-1",
              t -> {
                try {
                  queued.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                return t.withStatus(Status.DONE);
              });
      CompletableFuture<Task> accepted = queue.insert(task(2));
      CompletableFuture<Task> refused = queue.insert(task(1));
      CompletableFuture<Task> last = queue.insert(task(3));
      queued.countDown();
      holding.get(60, TimeUnit.SECONDS);
      accepted.get(60, TimeUnit.SECONDS);
      assertThat(failure(refused)).isInstanceOf(DuplicateTaskException.class);
      last.get(60, TimeUnit.SECONDS);
      assertThat(store.count(Query.all())).isEqualTo(3);
    }
  }

  /** The other queue's write may have to wait for the one that this queue makes next. */
  @Test
  void whatHangsOnARefusedWriteMayWaitForAnotherQueue() throws Exception {
    CountDownLatch queued = new CountDownLatch(1);
    try (TaskStore store = open(new Log());
        AsyncWrites other = store.async();
        AsyncWrites queue = store.async()) {
      queue.insert(task(1)).get(60, TimeUnit.SECONDS);
      // holds the queue's thread, so that it takes the next ones all at once
      CompletableFuture<Task> holding =
          queue.update(
              "T-1",
              t -> {
                try {
                  queued.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                return t.withStatus(Status.DONE);
              });
      CompletableFuture<Task> instead =
          queue
              .insert(task(1))
              .exceptionally(
                  e -> {
                    try {
                      return other.put(task(2)).get(10, TimeUnit.SECONDS); // not for ever
                    } catch (Exception late) {
                      throw new CompletionException(late);
                    }
                  });
      CompletableFuture<Task> last = queue.insert(task(3));
      queued.countDown();
      holding.get(60, TimeUnit.SECONDS);
      assertThat(instead.get(60, TimeUnit.SECONDS).id()).isEqualTo("T-2");
      last.get(60, TimeUnit.SECONDS);
      assertThat(store.count(Query.all())).isEqualTo(3);
    }
  }

  private static Throwable failure(CompletableFuture<?> future) throws InterruptedException {
    try {
      future.get();
    } catch (ExecutionException e) {
      return e.getCause();
    }
    throw new AssertionError("the future did not fail");
  }

  @Test
  void nothingIsLostOnTheWayThroughASmallQueue() throws Exception {
    List<CompletableFuture<Task>> futures = new ArrayList<>();
    Log log = new Log();
    try (TaskStore store = open(log)) {
      log.stopAt = CommitSteps.Step.ANNOUNCED;
      try (AsyncWrites queue = store.async();
          AutoCloseable release = log.goOn::countDown) { // before the queue waits for its thread
        assertThat(release).isNotNull();
        for (int i = 0; i < 10_000; i++) {
          futures.add(queue.put(task(i)));
          assertThat(queue.queued()).isLessThanOrEqualTo(1_000);
          if (i == 0) {
            log.awaitStop();
          } else if (i == 1_000) { // full
            log.goOn.countDown();
          }
        }
      }
      long before = 0;
      for (int i = 0; i < futures.size(); i++) {
        assertThat(futures.get(i)).isDone();
        Task written = futures.get(i).get();
        assertThat(written.version()).as("sequence of T-" + i).isGreaterThan(before);
        before = written.version();
        assertThat(store.get("T-" + i)).contains(written);
      }
      assertThat(store.count(Query.all())).isEqualTo(10_000);
      assertThat(store.verify().isOk()).isTrue();
    }
  }

  @Test
  void whatWaitsIsWrittenTogether() throws Exception {
    Log log = new Log();
    try (TaskStore store = open(log)) {
      log.stopAt = CommitSteps.Step.ANNOUNCED;
      try (AsyncWrites queue = store.async(10_000, AsyncWrites.Policy.BLOCK);
          AutoCloseable release = log.goOn::countDown) { // before the queue waits for its thread
        assertThat(release).isNotNull();
        CompletableFuture<Task> last = queue.put(task(0));
        log.awaitStop();
        for (int i = 1; i < 5_000; i++) {
          last = queue.put(task(i));
        }
        assertThat(last).isNotDone();
      }
      assertThat(store.count(Query.all())).isEqualTo(5_000);
      assertThat(log.writes.get()).isEqualTo(1 + 10); // one alone, then 512 at a time
    }
  }

  @Test
  void aStoresCloseMakesWhatIsQueued() throws Exception {
    CompletableFuture<Task> last = null;
    AsyncWrites queue;
    try (TaskStore store = open(new Log())) {
      queue = store.async();
      for (int i = 0; i < 900; i++) {
        last = queue.insert(task(i));
      }
    }
    assertThat(last).isCompleted();
    assertThatThrownBy(() -> queue.insert(task(1))).isInstanceOf(StoreClosedException.class);
    try (TaskStore store = open(new Log())) {
      assertThat(store.count(Query.all())).isEqualTo(900);
    }
  }

  @Test
  void aFullQueueRefusesTheNext() throws Exception {
    Log log = new Log();
    try (TaskStore store = open(log);
        AutoCloseable release = log.goOn::countDown) {
      assertThat(release).isNotNull();
      log.stopAt = CommitSteps.Step.ANNOUNCED;
      AsyncWrites queue = store.async(1_000, AsyncWrites.Policy.FAIL);
      CompletableFuture<Task> first = queue.insert(task(0));
      log.awaitStop();
      List<CompletableFuture<Task>> futures = new ArrayList<>();
      for (int i = 1; i <= 1_000; i++) {
        futures.add(queue.insert(task(i)));
      }
      assertThatThrownBy(() -> queue.insert(task(1_001)))
          .isInstanceOf(BackpressureException.class)
          .hasMessageContaining("capacity=1000");
      assertThat(first).isNotDone();
      log.goOn.countDown();
      for (CompletableFuture<Task> future : futures) {
        assertThat(future.get().version()).isPositive();
      }
      assertThat(store.get("T-1001")).isEmpty();
      assertThat(log.writes.get()).as("one alone, then 512 and 488 together").isEqualTo(3);
    }
  }

  @Test
  void theOldestGivesWay() throws Exception {
    Log log = new Log();
    try (TaskStore store = open(log);
        AutoCloseable release = log.goOn::countDown) {
      assertThat(release).isNotNull();
      log.stopAt = CommitSteps.Step.ANNOUNCED;
      AsyncWrites queue = store.async(2, AsyncWrites.Policy.DROP_OLDEST);
      List<CompletableFuture<Task>> futures = new ArrayList<>();
      futures.add(queue.insert(task(0)));
      log.awaitStop();
      for (int i = 1; i <= 4; i++) {
        futures.add(queue.insert(task(i)));
      }
      assertThat(failure(futures.get(1))).isInstanceOf(BackpressureException.class);
      assertThat(failure(futures.get(2))).isInstanceOf(BackpressureException.class);
      log.goOn.countDown();
      queue.close();
      for (int i : List.of(0, 3, 4)) {
        assertThat(store.get("T-" + i)).contains(futures.get(i).get());
      }
      assertThat(store.count(Query.all())).isEqualTo(3);
    }
  }

  @Test
  void aFutureCompletesBehindTheLog() throws Exception {
    Log log = new Log();
    try (TaskStore store = open(log);
        AutoCloseable release = log.goOn::countDown) {
      assertThat(release).isNotNull();
      log.stopAt = CommitSteps.Step.ANNOUNCED;
      AsyncWrites queue = store.async();
      CompletableFuture<Integer> writesThen = queue.put(task(1)).thenApply(t -> log.writes.get());
      log.awaitStop();
      assertThat(writesThen).isNotDone();
      log.goOn.countDown();
      assertThat(writesThen.get()).isEqualTo(1);
      assertThat(store.get("T-1")).isPresent();
    }
  }

  @Test
  void theBlockedCallerIsTold() throws Exception {
    Log log = new Log();
    try (TaskStore store = open(log);
        AutoCloseable release = log.goOn::countDown) {
      assertThat(release).isNotNull();
      log.stopAt = CommitSteps.Step.ANNOUNCED;
      AsyncWrites queue = store.async(1, AsyncWrites.Policy.BLOCK);
      CompletableFuture<Task> first = queue.insert(task(0));
      log.awaitStop();
      CompletableFuture<Task> kept = queue.insert(task(1));
      CompletableFuture<Throwable> outcome = new CompletableFuture<>();
      Thread blocked =
          new Thread(
              () -> {
                try {
                  outcome.complete(new AssertionError("accepted: " + queue.insert(task(2))));
                } catch (RuntimeException e) {
                  outcome.complete(e);
                }
              });
      blocked.start();
      blocked.interrupt();
      assertThat(outcome.get()).isInstanceOf(BackpressureException.class);
      log.goOn.countDown();
      assertThat(kept.get().version()).isGreaterThan(first.get().version());
    }
  }

  @Test
  void everyVerbDoesWhatTheStoresDoes() throws Exception {
    try (TaskStore store = open(new Log());
        AsyncWrites queue = store.async()) {
      Task first = queue.insert(task(1)).get();
      assertThat(failure(queue.insert(task(1)))).isInstanceOf(DuplicateTaskException.class);
      Task second = queue.update("T-1", t -> t.withStatus(Status.DONE)).get();
      assertThat(second.completedAt()).isNotNull();
      assertThat(failure(queue.replace(first, first.version())))
          .isInstanceOf(ConflictException.class);
      Task third = queue.replace(first, second.version()).get();
      assertThat(store.get("T-1")).contains(third);
      assertThat(
              failure(
                  queue.update(
                      "T-1",
                      t -> {
                        throw new IllegalStateException("of the caller");
                      })))
          .hasMessage("of the caller");
      assertThat(queue.delete("T-1").get()).isPresent();
      assertThat(queue.delete("T-1").get()).isEqualTo(OptionalLong.empty());
      queue.put(task(2)).get();
      Runnable close = queue::close;
      assertThat(
              failure(
                  queue.update(
                      "T-2",
                      t -> {
                        close.run();
                        return t;
                      })))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
