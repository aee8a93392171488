package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Allocated;
import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ends of leases that cannot be written, by their size or by a failure, hold up nobody else. */
@Timeout(120)
class LargeClaimsTest {
  private static final Duration LEASE = Duration.ofHours(1);
  private static final Instant START = Instant.parse("2026-11-20T23:15:00Z");

  /** One change of it is more than a commit of these stores holds; to insert it is not. */
  private static final String LARGE = "x".repeat(40_000);

  @TempDir Path directory;

  private volatile Instant now = START;
  private volatile Instant seen = START;
  private final AtomicInteger looks = new AtomicInteger();

  private static final class Small implements CommitSteps {
    @Override
    public void reached(Step step) {}

    @Override
    public long mostBytes() {
      return 64 << 10;
    }
  }

  private TaskStoreOptions.Builder options() {
    InstantSource clock =
        () -> {
          looks.incrementAndGet();
          // the store's own thread finds nothing due: here the callers end the leases
          return Thread.currentThread().getName().equals("quarry-leases") ? seen : now;
        };
    return TaskStoreOptions.builder(directory.resolve("s")).clock(clock);
  }

  private TaskStore open() {
    return StoreFactory.openWriting(options().build(), new Small(), UnaryOperator.identity());
  }

  private static void grow(TaskStore store, String id) {
    store.update(id, task -> task.toBuilder().notes(LARGE).build());
  }

  private static Status status(TaskStore store, String id) {
    return store.get(id).orElseThrow().status();
  }

  @Test
  void aLeaseThatNoCommitCanEndHoldsUpNoOther() {
    try (TaskStore store = open()) {
      Claims claims = store.claims();
      for (int i = 0; i < 9; i++) {
        store.insert(Task.builder("T-" + i, "t").build());
        claims.tryClaim("T-" + i, "w", LEASE);
      }
      grow(store, "T-0");
      grow(store, "T-4");
      now = now.plus(LEASE);
      assertThat(claims.next("other", LEASE).map(Claim::id)).contains("T-1");
      assertThat(claims.reapExpired()).isZero();
      assertThat(claims.next(Query.all().condition(), "other", LEASE, 9)).hasSize(6);
      assertThat(status(store, "T-0")).isEqualTo(Status.IN_PROGRESS);
      assertThat(store.stats().oversizedTasks()).isEqualTo(2);
      // who asks for that very one is told why
      assertThatThrownBy(() -> claims.tryClaim("T-0", "other", LEASE))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("too large");
      // and once it is smaller, or gone, all is well
      store.update("T-0", task -> task.toBuilder().notes(null).build());
      store.delete("T-4");
      assertThat(claims.next("other", LEASE).map(Claim::id)).contains("T-0");
      assertThat(store.stats().oversizedTasks()).isZero();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void soItIsBehindANewStart() {
    try (TaskStore store = open()) {
      store.insertAll(List.of(Task.builder("T", "t").build(), Task.builder("U", "t").build()));
      store.claims().tryClaim("T", "w", LEASE);
      grow(store, "T");
    }
    now = now.plus(LEASE);
    try (TaskStore store = open()) {
      assertThat(store.claims().next("other", LEASE).map(Claim::id)).contains("U");
      assertThat(store.claims().next("other", LEASE)).isEmpty();
      assertThat(store.stats().oversizedTasks()).isEqualTo(1);
    }
  }

  @Test
  void aRestOfALargeTaskEnds() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("T", "t").build());
      Claim claim = store.claims().tryClaim("T", "w", LEASE).orElseThrow();
      store.claims().fail(claim, "no", RetryPolicy.of(3, LEASE));
      grow(store, "T");
      now = now.plus(LEASE.multipliedBy(2));
      assertThat(store.claims().next("w", LEASE)).isEmpty(); // ready, and too large to be claimed
      assertThat(store.stats().oversizedTasks()).isEqualTo(1);
      store.update("T", task -> task.toBuilder().notes(null).build());
      assertThat(store.claims().next("w", LEASE).map(Claim::attempt)).contains(2);
    }
  }

  @Test
  void aReadyTaskThatNoCommitCanClaimIsPassedOver() throws Exception {
    try (TaskStore store = open()) {
      Claims claims = store.claims();
      store.insert(Task.builder("L", "t").priority(Priority.CRITICAL).notes(LARGE).build());
      store.insert(Task.builder("S", "t").build());
      assertThat(claims.next("w", LEASE).map(Claim::id)).contains("S");
      assertThat(store.stats().oversizedTasks()).isEqualTo(1);
      int before = looks.get();
      Duration wait = Duration.ofMillis(300);
      assertThat(claims.awaitNext(Query.all().condition(), "w", LEASE, wait)).isEmpty();
      assertThat(looks.get() - before)
          .as("looks at the clock: it waits, it does not spin")
          .isLessThan(50);
    }
  }

  /** Its turn may come at once, and it may come late; either way a claim waits for nobody else. */
  @Test
  void aClaimThatCouldNotEndLeasesWaitsForNoOtherWrite() throws Exception {
    Failing steps = new Failing();
    TaskStoreOptions options =
        options().limits(Limits.DEFAULT.open(1, 1, Duration.ofMillis(1))).build();
    try (TaskStore store = StoreFactory.openWriting(options, steps, UnaryOperator.identity())) {
      store.insertAll(List.of(Task.builder("T", "t").build(), Task.builder("W", "t").build()));
      Claims claims = store.claims();
      for (int round = 1; round <= 30; round++) {
        Claim claim = claims.tryClaim("T", "w", LEASE).orElseThrow();
        assertThat(claim.attempt()).isEqualTo(round);
        now = now.plus(LEASE);
        CountDownLatch goOn = new CountDownLatch(1);
        FutureTask<Task> slow = new FutureTask<>(() -> store.update("W", t -> late(t, goOn)));
        Thread writer = new Thread(slow, "writer");
        steps.fail(writer);
        try {
          CompletableFuture<Object> reaped =
              CompletableFuture.supplyAsync(() -> claims.next("w", LEASE));
          assertThatThrownBy(() -> reaped.get(20, TimeUnit.SECONDS))
              .hasCauseInstanceOf(StorageException.class)
              .hasMessageContaining("planned");
        } finally {
          goOn.countDown();
        }
        slow.get();
        assertThat(status(store, "T")).as("nothing was ended").isEqualTo(Status.IN_PROGRESS);
        assertThat(claims.reapExpired()).as("it is still awaited").isEqualTo(1);
      }
    }
  }

  @Test
  void theStoresOwnThreadEndsWhatCouldNotBeEnded() throws Exception {
    Failing steps = new Failing();
    CountDownLatch end = new CountDownLatch(1);
    try (TaskStore store =
            StoreFactory.openWriting(options().build(), steps, UnaryOperator.identity());
        AutoCloseable ended = end::countDown) {
      assertThat(ended).isNotNull();
      store.insert(Task.builder("T", "t").build());
      store.claims().tryClaim("T", "w", LEASE);
      now = now.plus(LEASE);
      steps.fail(new Thread(new FutureTask<>(() -> waitFor(end)), "behind"));
      assertThatThrownBy(() -> store.claims().next("w", LEASE)).hasMessageContaining("planned");
      seen = now; // from here on by the store's own thread, too
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (status(store, "T") != Status.TODO) {
        assertThat(System.nanoTime()).isLessThan(until);
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("quarry-leases"))
            .forEach(LockSupport::unpark);
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** A commit holds an eighth of what it may write, so that several that are large go in turn. */
  @Test
  void ofManyThatOneCommitDoesNotHoldTheFirstAreClaimed() {
    try (TaskStore store = open()) {
      for (int i = 0; i < 4; i++) {
        store.insert(Task.builder("T-" + i, "t").notes("x".repeat(20_000)).build());
      }
      for (int i = 0; i < 4; i++) {
        assertThat(store.claims().next(Query.all().condition(), "w", LEASE, 4)).hasSize(1);
      }
      assertThat(store.claims().next(Query.all().condition(), "w", LEASE, 4)).isEmpty();
    }
  }

  @Test
  void whatOneCommitDoesNotHoldIsNotLoaded() {
    int chars = 100_000;
    CommitSteps steps =
        new CommitSteps() {
          @Override
          public void reached(Step step) {}

          @Override
          public long mostBytes() {
            return 4 << 20; // of which claims take an eighth: two of these tasks
          }
        };
    TaskStoreOptions options = options().recordCacheBytes(0).build();
    try (TaskStore store = StoreFactory.openWriting(options, steps, UnaryOperator.identity())) {
      for (int i = 0; i < 120; i++) {
        now = now.plusMillis(1);
        store.insert(Task.builder("T-" + i, "t").agent("a").notes("x".repeat(chars)).build());
      }
      Claims claims = store.claims();
      long byHead =
          Allocated.by(
              () ->
                  assertThat(claims.next(Query.all().condition(), "w", LEASE, 120))
                      .extracting(Claim::id)
                      .containsExactly("T-0", "T-1"));
      assertThat(byHead).as("three are loaded; all: 45 million").isLessThan(15_000_000);
      for (int i = 0; i < 300; i++) { // which the filter refuses: they fill the head
        store.insert(Task.builder("S-" + i, "t").priority(Priority.HIGH).build());
      }
      long byQuery =
          Allocated.by(
              () ->
                  assertThat(claims.next(TaskFields.AGENT.is("a"), "w", LEASE, 120))
                      .extracting(Claim::id)
                      .containsExactly("T-2", "T-3"));
      assertThat(byQuery).as("a page of 16 is loaded").isLessThan(25_000_000);
    }
  }

  private static Void waitFor(CountDownLatch latch) throws InterruptedException {
    latch.await();
    return null;
  }

  private static Task late(Task task, CountDownLatch goOn) {
    try {
      assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return task.withTitle(task.title() + "+");
  }

  /** Lets one commit fail once a writer stands behind it. */
  private static final class Failing implements CommitSteps {
    private volatile Thread behind;

    void fail(Thread writer) {
      behind = writer;
    }

    @Override
    public void reached(Step step) {
      Thread writer = behind;
      if (step != Step.ANNOUNCED || writer == null) {
        return;
      }
      behind = null;
      writer.start();
      while (writer.getState() != Thread.State.WAITING) {
        assertThat(writer.isAlive()).isTrue();
      }
      throw new StorageException("planned", Map.of(), null, true);
    }
  }
}
