package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.internal.SteppedStores;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever waits for work is woken by the commit that makes it ready; a lost wake-up hangs. */
@Timeout(120)
class AwaitReadyTest {
  private static final Condition ALL = Query.all().condition();
  private static final Condition DOCS = TaskFields.TAGS.contains("docs");
  private static final Duration LONG = Duration.ofDays(36_500);
  private static final Duration LEASE = Duration.ofHours(1);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();
  private TaskStore store;
  private Claims claims;
  private ExecutorService pool;

  @BeforeEach
  void open() {
    store = TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).clock(clock).build());
    claims = store.claims();
    pool = Executors.newCachedThreadPool();
  }

  @AfterEach
  void close() {
    pool.shutdownNow();
    store.close();
  }

  private static Task.Builder task(String id) {
    return Task.builder(id, "t");
  }

  /** A waiter, and its commits' worth of doubt: it may register before or after what wakes it. */
  private Future<Boolean> waiting(Condition filter) {
    return pool.submit(() -> claims.awaitReady(filter, LONG));
  }

  @Test
  void whatIsThereIsNotWaitedFor() throws Exception {
    assertThat(claims.awaitReady(ALL, Duration.ZERO)).isFalse();
    assertThat(claims.awaitReady(ALL, Duration.ofSeconds(-1))).isFalse();
    assertThat(claims.awaitReady(ALL, Duration.ofMillis(1))).isFalse();
    assertThat(claims.awaitNext(ALL, "w", LEASE, Duration.ofMillis(1))).isEmpty();
    store.insert(task("A").build());
    assertThat(claims.awaitReady(ALL, Duration.ZERO)).isTrue();
    assertThat(claims.awaitReady(DOCS, Duration.ZERO)).isFalse();
    assertThat(claims.awaitNext(ALL, "w", LEASE, Duration.ZERO).orElseThrow().id()).isEqualTo("A");
    assertThat(claims.awaitReady(ALL, Duration.ZERO)).isFalse();
  }

  @Test
  void everyWayToBecomeReadyWakes() throws Exception {
    store.insert(task("blocker").build());
    Claim blocker = claims.next("w", LEASE).orElseThrow();
    store.insert(task("behind").dependency("blocker").build());
    store.insert(task("kept").build());
    Claim kept = claims.next("w", LEASE).orElseThrow();
    store.insert(task("set").status(Status.BLOCKED).build());
    store.insert(task("deleted").build());
    store.delete("deleted");
    store.insert(task("archived").build());
    store.archive(List.of("archived"));
    List<Runnable> ways =
        List.of(
            () -> store.insert(task("new").build()),
            () -> store.setStatus(List.of("set"), Status.TODO),
            () -> claims.complete(blocker),
            () -> store.undo("deleted"),
            () -> store.restore(List.of("archived")),
            () -> claims.release(kept));
    for (int i = 0; i < ways.size(); i++) {
      Future<Boolean> waiter = waiting(ALL);
      ways.get(i).run();
      assertThat(waiter.get()).as("way " + i).isTrue();
      assertThat(claims.next("w", LEASE)).as("way " + i).isPresent();
      assertThat(claims.next("w", LEASE)).as("way " + i).isEmpty();
    }
  }

  @Test
  void theEndOfALeaseAndOfARestWake() throws Exception {
    store.insert(task("A").build());
    assertThat(claims.next("gone", Duration.ofMinutes(1))).isPresent();
    Future<Boolean> waiter = waiting(ALL);
    clock.move(Duration.ofMinutes(2));
    claims.reapExpired();
    assertThat(waiter.get()).isTrue();
    Claim claim = claims.next("w", LEASE).orElseThrow();
    claims.fail(claim, "no", RetryPolicy.of(5, Duration.ofMinutes(1)));
    waiter = waiting(ALL);
    clock.move(Duration.ofHours(1));
    claims.reapExpired();
    assertThat(waiter.get()).isTrue();
  }

  @Test
  void onlyWhatSatisfiesTheFilterEndsTheWait() throws Exception {
    Future<Boolean> docs = waiting(DOCS);
    store.insert(task("A").build());
    store.insert(task("B").dependency("A").tag("docs").build());
    assertThat(waiting(ALL).get()).isTrue();
    assertThat(docs).isNotDone();
    store.update("A", t -> t.toBuilder().tag("docs").build()); // ready before, one of them now
    assertThat(docs.get()).isTrue();
  }

  @Test
  void aClosedStoreAndAnInterruptEndTheWait() throws Exception {
    Future<Boolean> waiter = waiting(ALL);
    CompletableFuture<Object> interrupted = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                interrupted.complete(claims.awaitNext(ALL, "w", LEASE, LONG));
              } catch (InterruptedException e) {
                interrupted.complete("interrupted");
              }
            });
    thread.start();
    thread.interrupt();
    assertThat(interrupted.get()).isEqualTo("interrupted");
    store.close();
    assertThatThrownBy(waiter::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StoreClosedException.class);
    try (TaskStore reader = TaskStore.openReadOnly(directory.resolve("s"))) {
      assertThatThrownBy(() -> reader.claims().awaitReady(ALL, LONG))
          .isInstanceOf(StorageException.class);
    }
  }

  /** Nothing becomes ready any more. */
  @Test
  void aFailedStoreEndsTheWait() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    try (TaskStore failing =
        SteppedStores.open(
            TaskStoreOptions.builder(directory.resolve("failing")).build(),
            step -> {
              if (fails.get()) {
                throw new IllegalStateException("injected");
              }
            })) {
      CompletableFuture<Thread> thread = new CompletableFuture<>();
      Future<Boolean> ready =
          pool.submit(
              () -> {
                thread.complete(Thread.currentThread());
                return failing.claims().awaitReady(ALL, LONG);
              });
      Until.holds(
          "it has looked and waits", () -> thread.get().getState() == Thread.State.TIMED_WAITING);
      fails.set(true);
      assertThatThrownBy(() -> failing.insert(task("A").build())).hasMessage("injected");
      assertThatThrownBy(ready::get).hasCauseInstanceOf(StoreFailedException.class);
      assertThatThrownBy(() -> failing.claims().awaitReady(ALL, LONG))
          .isInstanceOf(StoreFailedException.class);
    }
  }

  @Seeds({51, 52})
  void workersThatWaitDoEverythingOnce(long seed) throws Exception {
    int tasks = 600;
    ConcurrentLinkedQueue<String> done = new ConcurrentLinkedQueue<>();
    List<Future<?>> workers = new ArrayList<>();
    for (int w = 0; w < 6; w++) {
      Condition filter = w % 2 == 0 ? DOCS : DOCS.not();
      workers.add(pool.submit(() -> work(filter, done)));
    }
    Random random = new Random(seed);
    for (int i = 0; i < tasks; i++) {
      Task.Builder made = task("T-" + i);
      if (random.nextBoolean()) {
        made.tag("docs");
      }
      if (i > 0 && random.nextInt(3) > 0) {
        made.dependency("T-" + random.nextInt(i)); // made ready by another worker
      }
      store.insert(made.build());
    }
    for (String tag : List.of("docs", "other")) {
      for (int i = 0; i < 3; i++) {
        Task.Builder end = task("END-" + tag + i).priority(Priority.LOW).tag(tag);
        for (int k = 0; k < tasks; k++) {
          end.dependency("T-" + k);
        }
        store.insert(end.build());
      }
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
    assertThat(done).as("seed " + seed).hasSize(tasks).doesNotHaveDuplicates();
  }

  private Void work(Condition filter, ConcurrentLinkedQueue<String> done)
      throws InterruptedException {
    while (true) {
      Optional<Claim> claim = claims.awaitNext(filter, "w", LEASE, LONG);
      String id = claim.orElseThrow().id();
      claims.complete(claim.get());
      if (id.startsWith("END-")) {
        return null;
      }
      done.add(id);
    }
  }
}
