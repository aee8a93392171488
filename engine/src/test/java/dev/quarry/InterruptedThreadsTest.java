package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store's own threads outlive an interrupt and an exception, and rest and work as before. */
@Timeout(120)
class InterruptedThreadsTest {
  private static final String LEASES = "quarry-leases";
  private static final String MEMORY = "quarry-upkeep";
  private static final String REAPER = "quarry-reaper";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir Path directory;

  private static Set<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .collect(Collectors.toSet());
  }

  private static Thread begunSince(Set<Thread> before, String name) {
    Set<Thread> now = threads(name);
    now.removeAll(before);
    assertThat(now).hasSize(1);
    return now.iterator().next();
  }

  /** It takes the interrupt and parks again; with one left every park would return at once. */
  private static void interruptAndSeeItRest(Thread thread) throws Exception {
    Until.holds("it is parked", () -> isParked(thread));
    thread.interrupt();
    Until.holds("it is parked again", () -> !thread.isInterrupted() && isParked(thread));
  }

  private static boolean isParked(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  private static void insertTwo(TaskStore store) {
    store.insert(Task.builder("T", "t").build());
    store.insert(Task.builder("U", "t").build());
  }

  private static boolean isFree(TaskStore store, String id) {
    return store.statusOf(id).orElseThrow() == Status.TODO;
  }

  @Test
  void theOneThatLooksAfterMemoryRests() throws Exception {
    Set<Thread> before = threads(MEMORY);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).memoryCheckInterval(HOUR).build();
    Thread thread;
    try (TaskStore store = TaskStore.open(options)) {
      insertTwo(store);
      thread = begunSince(before, MEMORY);
      interruptAndSeeItRest(thread);
    }
    thread.join(TimeUnit.SECONDS.toMillis(20));
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void theOneThatEndsLeasesRests() throws Exception {
    Set<Thread> before = threads(LEASES);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      insertTwo(store);
      store.claims().tryClaim("T", "w", HOUR);
      interruptAndSeeItRest(begunSince(before, LEASES));
      store.claims().tryClaim("U", "w", SHORT);
      Until.holds("U is free", () -> isFree(store, "U"));
    }
  }

  @Test
  void theOneThatEndsLeasesRestsWhereNoneIsHeld() throws Exception {
    Set<Thread> before = threads(LEASES);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      insertTwo(store);
      store.claims().tryClaim("T", "w", SHORT);
      Until.holds("T is free", () -> isFree(store, "T"));
      interruptAndSeeItRest(begunSince(before, LEASES));
      store.claims().tryClaim("U", "w", SHORT);
      Until.holds("U is free", () -> isFree(store, "U"));
    }
  }

  @Test
  void theOneThatEndsLeasesSurvivesAClockThatFails() throws Exception {
    Set<Thread> before = threads(LEASES);
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
      Set<Thread> begun = threads(LEASES);
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
    Set<Thread> before = threads(REAPER);
    Limits limits = Limits.DEFAULT.idle(Duration.ofMillis(400));
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).limits(limits).build();
    try (TaskStore store = TaskStore.open(options)) {
      interruptAndSeeItRest(begunSince(before, REAPER));
      try (Snapshot forgotten = store.snapshot()) {
        assertThat(forgotten.sequence()).isZero();
        Until.holds("none is open", () -> store.stats().openSnapshots() == 0);
      }
    }
  }
}
