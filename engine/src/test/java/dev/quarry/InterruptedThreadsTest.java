package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store's own threads outlive an interrupt and an exception, and rest and work as before. */
@Timeout(120)
class InterruptedThreadsTest {
  private static final String LEASES = "quarry-leases";
  private static final String MEMORY = "quarry-upkeep";
  private static final String REAPER = "quarry-reaper";
  private static final String QUEUE = "quarry-async";
  private static final String FEED = "quarry-feed-1";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir Path directory;

  private static void insertTwo(TaskStore store) {
    store.insert(Task.builder("T", "t").build());
    store.insert(Task.builder("U", "t").build());
  }

  private static boolean isFree(TaskStore store, String id) {
    return store.statusOf(id).orElseThrow() == Status.TODO;
  }

  @Test
  void theOneThatLooksAfterMemoryRests() throws Exception {
    Set<Thread> before = OwnThreads.threads(MEMORY);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).memoryCheckInterval(HOUR).build();
    Thread thread;
    try (TaskStore store = TaskStore.open(options)) {
      insertTwo(store);
      thread = OwnThreads.begunSince(before, MEMORY);
      OwnThreads.interruptAndSeeItRest(thread);
    }
    thread.join(TimeUnit.SECONDS.toMillis(20));
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void theOneThatEndsLeasesRests() throws Exception {
    Set<Thread> before = OwnThreads.threads(LEASES);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      insertTwo(store);
      store.claims().tryClaim("T", "w", HOUR);
      OwnThreads.interruptAndSeeItRest(OwnThreads.begunSince(before, LEASES));
      store.claims().tryClaim("U", "w", SHORT);
      Until.holds("U is free", () -> isFree(store, "U"));
    }
  }

  @Test
  void theOneThatEndsLeasesRestsWhereNoneIsHeld() throws Exception {
    Set<Thread> before = OwnThreads.threads(LEASES);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      insertTwo(store);
      store.claims().tryClaim("T", "w", SHORT);
      Until.holds("T is free", () -> isFree(store, "T"));
      OwnThreads.interruptAndSeeItRest(OwnThreads.begunSince(before, LEASES));
      store.claims().tryClaim("U", "w", SHORT);
      Until.holds("U is free", () -> isFree(store, "U"));
    }
  }

  @Test
  void theOneThatEndsLeasesSurvivesAClockThatFails() throws Exception {
    Set<Thread> before = OwnThreads.threads(LEASES);
    AtomicBoolean broken = new AtomicBoolean(true);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s"))
            .clock(
                () -> {
                  if (Thread.currentThread().getName().equals(LEASES) && broken.get()) {
                    throw new IllegalStateException("no time");
                  }
                  return Instant.now();
                })
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      insertTwo(store);
      store.claims().tryClaim("T", "w", HOUR);
      Set<Thread> begun = OwnThreads.threads(LEASES);
      begun.removeAll(before);
      // it has met the clock: it rests, or has died of it
      Until.holds(
          "they rest", () -> begun.stream().allMatch(t -> t.getState() != Thread.State.RUNNABLE));
      broken.set(false);
      store.claims().tryClaim("U", "w", SHORT); // ends before the other one
      Until.holds("U is free", () -> isFree(store, "U"));
    }
  }

  @Test
  void theOneThatClosesTheIdleRests() throws Exception {
    Set<Thread> before = OwnThreads.threads(REAPER);
    Limits limits = Limits.DEFAULT.idle(Duration.ofMillis(400));
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).limits(limits).build();
    try (TaskStore store = TaskStore.open(options)) {
      OwnThreads.interruptAndSeeItRest(OwnThreads.begunSince(before, REAPER));
      try (Snapshot forgotten = store.snapshot()) {
        assertThat(forgotten.sequence()).isZero();
        Until.holds("none is open", () -> store.stats().openSnapshots() == 0);
      }
    }
  }

  @Test
  void theOneThatMakesQueuedWritesRests() throws Exception {
    Set<Thread> before = OwnThreads.threads(QUEUE);
    try (TaskStore store = TaskStore.open(directory.resolve("s"));
        AsyncWrites queue = store.async()) {
      insertTwo(store);
      Thread thread = OwnThreads.begunSince(before, QUEUE);
      OwnThreads.interruptAndSeeItRest(thread);
      AtomicBoolean interrupted = new AtomicBoolean();
      queue
          .update(
              "T",
              task -> {
                interrupted.set(Thread.currentThread().isInterrupted());
                return task.withTitle("changed");
              })
          .get(1, TimeUnit.MINUTES);
      assertThat(interrupted).as("it is no matter of the callers").isFalse();
      thread.interrupt(); // whatever it does now
      for (int i = 0; i < 100; i++) {
        assertThat(queue.put(Task.builder("Q-" + i, "t").build()).get(1, TimeUnit.MINUTES).id())
            .isEqualTo("Q-" + i);
      }
      assertThat(thread.isAlive()).isTrue();
    }
  }

  @Test
  void whatAQueuedChangeInterruptsIsNoMatterOfTheNext() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"));
        AsyncWrites queue = store.async()) {
      insertTwo(store);
      CountDownLatch reached = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      AtomicInteger interrupted = new AtomicInteger();
      CompletableFuture<?> first =
          queue.update(
              "T",
              task -> {
                reached.countDown();
                Interrupts.await(goOn);
                Thread.currentThread().interrupt(); // as who has caught an InterruptedException
                return task.withTitle("one");
              });
      reached.await();
      List<CompletableFuture<?>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) { // wait, so that they are taken together
        others.add(
            queue
                .update("T", task -> changed(task, interrupted))
                .thenAccept(
                    task -> {
                      counts(interrupted);
                      Thread.currentThread().interrupt();
                    }));
      }
      goOn.countDown();
      first.get(1, TimeUnit.MINUTES);
      for (CompletableFuture<?> other : others) {
        other.get(1, TimeUnit.MINUTES);
      }
      assertThat(interrupted).hasValue(0);
    }
  }

  private static Task changed(Task task, AtomicInteger interrupted) {
    counts(interrupted);
    Thread.currentThread().interrupt();
    return task.withTitle(task.title() + "+");
  }

  private static void counts(AtomicInteger interrupted) {
    interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
  }

  @Test
  void theOneThatDoesAJobGoesOn() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      for (int i = 0; i < 50; i++) {
        store.insert(Task.builder("J-" + i, "t").build());
      }
      Set<Thread> before = OwnThreads.threads("quarry-job-titles");
      CountDownLatch reached = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Job job =
          store.updateAll(
              "titles",
              Query.all(),
              5,
              task -> {
                reached.countDown();
                Interrupts.await(goOn);
                return task.withTitle("changed");
              });
      reached.await();
      OwnThreads.begunSince(before, "quarry-job-titles").interrupt();
      goOn.countDown();
      Job.Progress done = job.await();
      assertThat(done.state()).isEqualTo(Job.State.DONE);
      assertThat(done.changed()).isEqualTo(50);
      assertThat(done.failed()).isZero();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** An idle one takes the interrupt for its end, and the next change has another. */
  @Test
  void theOneThatRunsListenersIsFollowedByAnother() throws Exception {
    Set<Thread> before = OwnThreads.threads(FEED);
    AtomicInteger heard = new AtomicInteger();
    WatchOptions all = WatchOptions.builder().build();
    try (TaskStore store = TaskStore.open(directory.resolve("s"));
        Subscription subscription = store.watch(all, change -> heard.incrementAndGet())) {
      insertTwo(store);
      assertThat(subscription.await(2, Duration.ofMinutes(1))).isTrue();
      Thread thread = OwnThreads.begunSince(before, FEED);
      Until.holds("it is idle", () -> OwnThreads.isParked(thread));
      thread.interrupt();
      thread.join(TimeUnit.MINUTES.toMillis(1));
      store.insert(Task.builder("V", "t").build());
      assertThat(subscription.await(3, Duration.ofMinutes(1))).isTrue();
      assertThat(heard).hasValue(3);
      assertThat(subscription.failure()).isNull();
    }
  }

  @Test
  void theOneThatClosesWhatWasLeakedGoesOn() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      insertTwo(store);
      assertThat(store.snapshot().count(Query.all())).isEqualTo(2); // the thread is there by now
      for (Thread thread : OwnThreads.threads("quarry-cleaner")) {
        thread.interrupt();
      }
      assertThat(store.snapshot().count(Query.all())).isEqualTo(2);
      Until.holds(
          "none is open",
          () -> {
            System.gc();
            return store.stats().openSnapshots() == 0;
          });
    }
  }

  @Test
  void thoseOfAParallelScanComeToItsEnd() {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        tasks.add(Task.builder("P-" + i, "t").build());
      }
      store.insertAll(tasks);
      Thread self = Thread.currentThread();
      Set<String> seen = ConcurrentHashMap.newKeySet();
      store.forEachParallel(
          Query.all(),
          3,
          task -> {
            seen.add(task.id());
            if (Thread.currentThread() != self) {
              Thread.currentThread().interrupt();
            }
          });
      assertThat(seen).hasSize(5_000);
    }
  }
}
