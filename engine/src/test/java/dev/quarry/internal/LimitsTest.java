package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.AsyncWrites;
import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.StoreClosedException;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each limit, reached. */
@Timeout(120)
class LimitsTest {
  private static final Duration AT_ONCE = Duration.ZERO;

  @TempDir Path directory;
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

  private TaskStoreOptions.Builder options(Limits limits) {
    return TaskStoreOptions.builder(directory.resolve("s")).clock(now::get).limits(limits);
  }

  private TaskStore open(Limits limits) {
    return TaskStore.open(options(limits).build());
  }

  private static Task task(int i) {
    return Task.builder("T-" + i, "t").build();
  }

  @Test
  void callsAndWrites() {
    try (TaskStore store = open(Limits.DEFAULT.calls("importer", 1).writes(1))) {
      TaskStore importer = store.as("importer");
      importer.insert(task(1));
      assertThatThrownBy(() -> importer.get("T-1"))
          .isInstanceOfSatisfying(
              LimitExceededException.class,
              e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(1)))
          .hasMessageContaining("importer");
      assertThatThrownBy(() -> importer.count(Query.all()))
          .isInstanceOf(LimitExceededException.class);
      assertThat(store.get("T-1")).isPresent();
      assertThatThrownBy(() -> store.insert(task(2)))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("what=writes");
      now.updateAndGet(t -> t.plusSeconds(1));
      assertThat(importer.get("T-1")).isPresent();
      store.insert(task(2));
      try (AsyncWrites queue = store.async()) {
        assertThat(queue.queued()).isZero();
        assertThatThrownBy(() -> queue.put(task(3))).isInstanceOf(LimitExceededException.class);
      } catch (LimitExceededException e) {
        assertThat(e).hasMessageContaining("what=writes");
      }
      assertThatThrownBy(() -> store.as("nobody")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aStreamAsksForNoMoreThanAResultMayHold() {
    try (TaskStore store = open(Limits.DEFAULT.results(10))) {
      for (int i = 0; i < 25; i++) {
        store.insert(task(i));
      }
      try (Stream<Task> tasks = store.stream(Query.all());
          Snapshot snapshot = store.snapshot();
          Stream<Task> then = snapshot.stream(Query.all())) {
        assertThat(tasks.count()).isEqualTo(25);
        assertThat(then.count()).isEqualTo(25);
      }
    }
  }

  @Test
  void eachVerbIsOneCall() {
    try (TaskStore store = open(Limits.DEFAULT.calls("x", 1))) {
      store.insert(task(1));
      TaskStore caller = store.as("x");
      Instant then = now.get();
      List<Runnable> verbs =
          List.of(
              () -> caller.history("T-1", 1),
              () -> caller.changesAfter(0, 1),
              () -> caller.diff(0, 1, change -> {}),
              () -> caller.sequenceAt(then),
              () -> caller.asOf(1).close(),
              () -> caller.asOf(then).close(),
              () -> caller.graph().findCycle(),
              () -> caller.snapshot().close(),
              () -> caller.stream(Query.all()).close(),
              () -> caller.forEachParallel(Query.all(), 1, task -> {}),
              () -> caller.undo("T-1"));
      for (Runnable verb : verbs) {
        now.updateAndGet(t -> t.plusSeconds(1));
        verb.run();
        assertThatThrownBy(() -> caller.get("T-1")).isInstanceOf(LimitExceededException.class);
      }
    }
  }

  @Test
  void claimsAreWritesAndCalls() {
    Duration lease = Duration.ofHours(1);
    Limits limits = Limits.DEFAULT.calls("worker", 1, lease).writes(1);
    try (TaskStore store = open(limits)) {
      store.insert(task(1));
      Claims claims = store.as("worker").claims();
      assertThatThrownBy(() -> claims.tryClaim("T-1", "w", lease))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("what=writes");
      now.updateAndGet(t -> t.plusSeconds(1));
      Claim claim = claims.tryClaim("T-1", "w", lease).orElseThrow();
      List<Runnable> verbs =
          List.of(
              () -> claims.next("w", lease),
              () -> claims.next(Query.all().condition(), "w", lease, 5),
              () -> claims.renew(claim, lease),
              () -> claims.update(claim, t -> t.withTitle("other")),
              () -> claims.complete(claim),
              () -> claims.fail(claim, "no", RetryPolicy.of(1, lease)),
              () -> claims.release(claim),
              claims::reapExpired);
      for (Runnable verb : verbs) {
        now.updateAndGet(t -> t.plusSeconds(1));
        assertThatThrownBy(verb::run)
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("what=worker");
      }
      assertThatThrownBy(() -> claims.claimOf("T-1")).isInstanceOf(LimitExceededException.class);
      assertThatThrownBy(() -> claims.list(5)).isInstanceOf(LimitExceededException.class);
      for (Runnable verb : verbs) {
        store.claims(); // no call of the counted caller
        now.updateAndGet(t -> t.plusSeconds(1));
        store.claims().renew(claim, lease); // the only write of this second
        assertThatThrownBy(verb::run)
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("what=writes");
      }
      assertThat(store.claims().claimOf("T-1")).isPresent();
    }
  }

  @Test
  void claimsOnAFullDisk() {
    Duration lease = Duration.ofHours(1);
    Claim claim;
    try (TaskStore store = open(Limits.DEFAULT)) {
      store.insertAll(List.of(task(1), task(2)));
      claim = store.claims().tryClaim("T-1", "w", lease).orElseThrow();
    }
    try (TaskStore store = open(Limits.DEFAULT.bytes(1, 0))) {
      Claims claims = store.claims();
      assertThatThrownBy(() -> claims.next("w", lease)).hasMessageContaining("limit=1");
      assertThatThrownBy(() -> claims.complete(claim)).hasMessageContaining("limit=1");
      assertThat(claims.release(claim).status()).isEqualTo(Status.TODO);
    }
  }

  @Test
  void aClaimWaitsForOtherWritesNoLongerThanAllowed() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (TaskStore store = open(Limits.DEFAULT.open(1, 1, AT_ONCE))) {
      store.insertAll(List.of(task(1), task(2)));
      CompletableFuture<Task> slow =
          CompletableFuture.supplyAsync(
              () ->
                  store.update(
                      "T-2",
                      t -> {
                        inside.countDown();
                        awaitUninterruptibly(goOn);
                        return t.withTitle("slow");
                      }));
      try {
        inside.await();
        for (Runnable verb :
            List.<Runnable>of(
                () -> store.claims().tryClaim("T-1", "w", Duration.ofHours(1)),
                () -> store.claims().next("w", Duration.ofHours(1)))) {
          assertThatThrownBy(verb::run)
              .isInstanceOf(LimitExceededException.class)
              .hasMessageContaining("acquireTimeout=PT0S");
        }
      } finally {
        goOn.countDown(); // before the store waits for it
      }
      slow.get();
      assertThat(store.claims().tryClaim("T-1", "w", Duration.ofHours(1))).isPresent();
    }
  }

  @Test
  void aClaimWaitsNoLongerForTheEndsOfLeases() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Duration lease = Duration.ofSeconds(1);
    try (TaskStore store = open(Limits.DEFAULT.open(1, 1, AT_ONCE))) {
      store.insertAll(List.of(task(1), task(2), task(3)));
      Claims claims = store.claims();
      claims.tryClaim("T-3", "w", lease);
      CompletableFuture<Task> slow =
          CompletableFuture.supplyAsync(
              () ->
                  store.update(
                      "T-2",
                      t -> {
                        inside.countDown();
                        awaitUninterruptibly(goOn);
                        return t.withTitle("slow");
                      }));
      FutureTask<Integer> reaper = new FutureTask<>(claims::reapExpired);
      try {
        inside.await();
        now.updateAndGet(t -> t.plusSeconds(2));
        assertRefused(() -> claims.next("w", lease));
        new Thread(reaper).start(); // for this one too a claim waits no longer
        assertRefused(() -> claims.next(Query.all().condition(), "w", lease, 2));
        assertRefused(() -> claims.awaitNext(Query.all().condition(), "w", lease, lease));
      } finally {
        goOn.countDown();
      }
      slow.get();
      reaper.get();
      assertThat(claims.next(Query.all().condition(), "w", lease, 3)).hasSize(3);
    }
  }

  @Test
  void aClaimWaitsNoLongerForAQueuedWriteThatIsDecided() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (TaskStore store = open(Limits.DEFAULT.open(1, 1, AT_ONCE))) {
      store.insertAll(List.of(task(1), task(2)));
      CompletableFuture<?> slow =
          store
              .async()
              .update(
                  "T-2",
                  t -> {
                    inside.countDown();
                    awaitUninterruptibly(goOn);
                    return t.withTitle("slow");
                  });
      try {
        inside.await();
        assertRefused(() -> store.claims().next("w", Duration.ofSeconds(1)));
        assertRefused(() -> store.claims().tryClaim("T-1", "w", Duration.ofSeconds(1)));
      } finally {
        goOn.countDown();
      }
      slow.get();
      assertThat(store.claims().next("w", Duration.ofSeconds(1))).isPresent();
    }
  }

  @Test
  void aClosedStoreSaysSoUnderALimitOfBytesToo() {
    TaskStore store = open(Limits.DEFAULT.bytes(1L << 40, 0));
    store.insert(task(1));
    store.close();
    for (int i = 0; i < 70; i++) { // its files are measured now and then only
      assertThatThrownBy(() -> store.insert(task(2))).isInstanceOf(StoreClosedException.class);
    }
  }

  private static void assertRefused(Callable<?> verb) {
    FutureTask<Object> call = new FutureTask<>(verb::call);
    new Thread(call).start();
    assertThatThrownBy(() -> call.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(LimitExceededException.class)
        .hasMessageContaining("acquireTimeout=PT0S");
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void openCursorsAndSnapshots() throws Exception {
    try (TaskStore store = open(Limits.DEFAULT.open(2, 1, AT_ONCE))) {
      store.insert(task(1));
      try (TaskCursor one = store.scan(Query.all(), ScanOptions.chunks(1));
          Snapshot snapshot = store.snapshot()) {
        assertThat(one.nextChunk()).hasSize(1);
        TaskCursor two = snapshot.scan(Query.all(), ScanOptions.chunks(1));
        assertThatThrownBy(() -> store.stream(Query.all()))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("what=cursor, limit=2");
        assertThatThrownBy(store::snapshot)
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("what=snapshot, limit=1");
        two.close();
        try (TaskCursor three = store.scan(Query.all(), ScanOptions.chunks(1))) {
          assertThat(three.nextChunk()).hasSize(1);
        }
      }
      store.snapshot().close();
    }
  }

  @Test
  void snapshotsOfThePastAreLimitedAlike() throws Exception {
    try (TaskStore store = open(Limits.DEFAULT.open(1, 1, AT_ONCE))) {
      long then = store.insert(task(1)).version();
      for (int i = 0; i < 3; i++) {
        store.asOf(then).close();
      }
      try (Snapshot past = store.asOf(then)) {
        for (int i = 0; i < 3; i++) {
          past.scan(Query.all(), ScanOptions.chunks(1)).close();
        }
        assertThatThrownBy(() -> past.stream(Query.where(Condition.ready())))
            .isInstanceOf(IllegalArgumentException.class);
        try (TaskCursor cursor = past.scan(Query.all(), ScanOptions.chunks(1))) {
          assertThat(cursor.nextChunk()).hasSize(1);
          assertThatThrownBy(() -> past.stream(Query.all()))
              .isInstanceOf(LimitExceededException.class)
              .hasMessageContaining("what=cursor, limit=1");
        }
        assertThatThrownBy(() -> store.asOf(then))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("what=snapshot, limit=1");
        assertThatThrownBy(store::snapshot).isInstanceOf(LimitExceededException.class);
      }
      assertThatThrownBy(() -> store.asOf(99)).isInstanceOf(SequenceNotRetainedException.class);
      Snapshot last = store.snapshot();
      last.close();
    }
  }

  @Test
  void resultsOfThePastAreLimitedAlike() {
    try (TaskStore store = open(Limits.DEFAULT.results(2))) {
      long then = store.insertAll(List.of(task(1), task(2), task(3))).sequence();
      try (Snapshot past = store.asOf(then)) {
        assertThat(past.page(Query.all(), PageRequest.first(2)).items()).hasSize(2);
        assertThatThrownBy(() -> past.page(Query.all(), PageRequest.first(3)))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("page size");
        assertThatThrownBy(() -> past.getAll(List.of("T-1", "T-2", "T-3")))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("ids");
        assertThatThrownBy(() -> past.scan(Query.all(), ScanOptions.chunks(3)))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("chunk size");
        AtomicInteger seen = new AtomicInteger();
        past.forEachParallel(Query.all(), 2, task -> seen.incrementAndGet());
        assertThat(seen).hasValue(3);
      }
    }
  }

  @Test
  void theOneAboveTheLimitWaitsUntilAnotherIsClosed() throws Exception {
    try (TaskStore store = open(Limits.DEFAULT.open(30, 1, Duration.ofMinutes(1)))) {
      store.insert(task(1));
      List<TaskCursor> cursors = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        cursors.add(store.scan(Query.all(), ScanOptions.chunks(1)));
      }
      assertWaitsFor(
          cursors.get(7)::close,
          () -> {
            try (TaskCursor cursor = store.scan(Query.all(), ScanOptions.chunks(1))) {
              return cursor.nextChunk().size();
            }
          });
      for (TaskCursor cursor : cursors) {
        cursor.close();
      }
      Snapshot first = store.snapshot();
      assertWaitsFor(
          first::close,
          () -> {
            try (Snapshot snapshot = store.snapshot()) {
              return snapshot.count(Query.all());
            }
          });
    }
  }

  /** What opens one waits in {@code OpenHandles}, and goes on, with 1, when {@code close} ran. */
  private static void assertWaitsFor(Runnable close, Callable<? extends Number> opening)
      throws Exception {
    FutureTask<? extends Number> one = new FutureTask<>(opening);
    Thread thread = new Thread(one);
    thread.start();
    awaitRoomOf(thread);
    assertThat(one.isDone()).isFalse();
    close.run();
    assertThat(one.get().intValue()).isEqualTo(1);
  }

  private static void awaitRoomOf(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING
        || Arrays.stream(thread.getStackTrace())
            .noneMatch(frame -> frame.getClassName().equals(OpenHandles.class.getName()))) {
      assertThat(Thread.currentThread().isInterrupted()).as("the time-out").isFalse();
      assertThat(thread.isAlive()).as("whether it still has to wait").isTrue();
    }
  }

  @Test
  void aClosingStoreDoesNotWaitForThoseWhoWait() throws Exception {
    Guard guard = new Guard("test");
    OpenHandles handles =
        new OpenHandles(guard, false, Limits.DEFAULT.open(1, 1, Duration.ofDays(365)));
    handles.admit(OpenHandles.CURSOR, () -> 1);
    FutureTask<Integer> waiting =
        new FutureTask<>(() -> handles.admit(OpenHandles.CURSOR, () -> 2));
    Thread thread = new Thread(waiting);
    thread.start();
    awaitRoomOf(thread);
    guard.close();
    assertThatThrownBy(waiting::get).hasCauseInstanceOf(StoreClosedException.class);
  }

  @Test
  void theIdleAreClosed() {
    OpenHandles handles =
        new OpenHandles(new Guard("test"), true, Limits.DEFAULT.idle(Duration.ofMinutes(1)));
    boolean[] freed = new boolean[2];
    handles.admit(OpenHandles.CURSOR, () -> 1);
    Handle idle = handles.open(OpenHandles.CURSOR, () -> freed[0] = true);
    handles.admit(OpenHandles.SNAPSHOT, () -> 1);
    Handle used = handles.open(OpenHandles.SNAPSHOT, () -> freed[1] = true);
    used.enter();
    long later = System.nanoTime() + Duration.ofSeconds(61).toNanos();
    handles.reap(later - Duration.ofMinutes(1).toNanos());
    assertThat(freed).containsExactly(false, false);
    handles.reap(later);
    assertThat(freed).containsExactly(true, false);
    assertThatThrownBy(idle::enter)
        .isInstanceOf(StoreClosedException.class)
        .hasMessageContaining("idle time");
    used.exit();
    handles.reap(later + Duration.ofMinutes(2).toNanos());
    assertThat(freed).containsExactly(true, true);
  }

  @Test
  void theStoreReapsByItself() throws Exception {
    try (TaskStore store =
        open(Limits.DEFAULT.open(1, 1, Duration.ofMinutes(1)).idle(Duration.ofMillis(1)))) {
      Snapshot forgotten = store.snapshot();
      try (Snapshot next = store.snapshot()) { // waits until the other one is closed for it
        assertThat(next.sequence()).isZero();
      }
      assertThatThrownBy(() -> forgotten.count(Query.all()))
          .isInstanceOf(StoreClosedException.class);
    }
  }

  @Test
  void sizeOfResults() {
    try (TaskStore store = open(Limits.DEFAULT.results(2))) {
      store.insertAll(List.of(task(1), task(2), task(3)));
      assertThat(store.page(Query.all(), PageRequest.first(2)).items()).hasSize(2);
      assertThatThrownBy(() -> store.page(Query.all(), PageRequest.first(3)))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("page size");
      assertThatThrownBy(() -> store.getAll(List.of("T-1", "T-2", "T-3")))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("ids");
      assertThatThrownBy(() -> store.scan(Query.all(), ScanOptions.chunks(3)))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("chunk size");
    }
  }

  @Test
  void bytesOnDiskStopWritesButNotReads() {
    try (TaskStore store = open(Limits.DEFAULT)) {
      store.insert(task(1));
    }
    try (TaskStore store = open(Limits.DEFAULT.bytes(1, 0))) {
      assertThatThrownBy(() -> store.insert(task(2)))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("limit=1");
      assertThatThrownBy(() -> store.newBatch().put(task(2)).commit())
          .isInstanceOf(LimitExceededException.class);
      assertThat(store.get("T-1")).isPresent();
      assertThat(store.count(Query.all())).isEqualTo(1);
      assertThat(store.delete("T-1")).isPresent();
    }
    try (TaskStore store = open(Limits.DEFAULT.bytes(1L << 40, 0))) {
      assertThat(store.insert(task(2)).version()).isPositive();
    }
  }

  @Test
  void bytesInMemory() {
    assertThatThrownBy(() -> open(Limits.DEFAULT.bytes(0, 1 << 20)))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("blockCacheBytes=");
    open(Limits.DEFAULT.bytes(0, 1 << 30)).close();
  }

  @Test
  void senselessOnesAreRefused() {
    assertThatThrownBy(() -> Limits.DEFAULT.results(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resultSize must be at least 1");
    assertThatThrownBy(() -> Limits.DEFAULT.calls("a", 0))
        .isInstanceOf(IllegalArgumentException.class);
    for (Duration bad : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(366))) {
      assertThatThrownBy(() -> Limits.DEFAULT.calls("a", 1, bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a period must be positive");
    }
    assertThatThrownBy(() -> Limits.DEFAULT.idle(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
