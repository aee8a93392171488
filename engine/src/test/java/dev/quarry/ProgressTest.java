package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many threads write several of the same few tasks at once, in any order and by every verb: none of
 * them ever waits for ever, and the threads that the store begins for it are few and bear its name.
 * The long form goes on for a minute.
 */
@Timeout(600)
class ProgressTest {
  private static final int SECONDS = Boolean.getBoolean("quarry.long") ? 60 : 4;
  private static final int WRITERS = 8;
  private static final int IDS = 24;
  private static final int VERBS = 10;
  private static final int ATTEMPTS = 6;

  /** Far beyond what a verb takes on a busy machine, far below for ever. */
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(40);

  /** Leases, cache, reaper, feed; and what a writer may have begun: a job, a queue or a scan. */
  private static final int MOST_THREADS = 12 + 2 * WRITERS;

  @TempDir Path directory;

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicReference<Throwable> fault = new AtomicReference<>();
  private final AtomicInteger mostAttempts = new AtomicInteger();
  private final AtomicInteger jobs = new AtomicInteger();
  private final List<Writer> writers = new ArrayList<>();
  private TaskStore store;

  private final class Writer extends Thread {
    private final Random random;
    private final AtomicLong last = new AtomicLong(System.nanoTime());
    private final int[] made = new int[VERBS];
    private volatile boolean isThrough;
    private int first;

    Writer(long seed, int number) {
      super("writer-" + number);
      setDaemon(true);
      random = new Random(seed * WRITERS + number);
    }

    @Override
    public void run() {
      try {
        while (!stop.get()) {
          int verb = (first + random.nextInt(2)) % VERBS; // all of them, soon
          first++;
          try {
            write(verb, random);
          } catch (TaskNotFoundException
              | DuplicateTaskException
              | ConflictException
              | DependencyCycleException
              | StaleClaimException e) {
            assertThat(e).hasMessageNotContaining("null"); // others got there first
          }
          made[verb]++;
          isThrough = Arrays.stream(made).allMatch(n -> n > 0);
          last.set(System.nanoTime());
        }
      } catch (Throwable e) { // for the test's own thread
        fault.compareAndSet(null, e);
        stop.set(true);
      }
    }
  }

  @Seeds({2101})
  void everyWriterGoesOn(long seed) throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s"))
            .limits(Limits.DEFAULT.idle(Duration.ofMinutes(5)))
            .build();
    // not closed where a writer stands still: the close would wait for it as well
    store = TaskStore.open(options);
    Subscription all = store.watch(WatchOptions.builder().build(), change -> {});
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Writer(seed, i));
    }
    writers.forEach(Thread::start);
    Set<Thread> begun = new HashSet<>();
    int most = 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    // however busy the machine is, each writer has made each verb
    while ((System.nanoTime() - end < 0 || !writers.stream().allMatch(w -> w.isThrough))
        && !stop.get()) {
      Set<Thread> theirs = new HashSet<>(Thread.getAllStackTraces().keySet());
      theirs.removeAll(before);
      theirs.removeAll(writers);
      begun.addAll(theirs);
      most = Math.max(most, theirs.size());
      checkAllGoOn(seed);
      Thread.sleep(5);
    }
    stop.set(true);
    for (Writer writer : writers) {
      while (writer.isAlive()) {
        writer.join(100);
        checkAllGoOn(seed);
      }
    }
    assertThat(fault.get()).as("seed %d", seed).isNull();
    assertThat(all.failure()).isNull();
    all.close();
    assertThat(store.verify().problems()).as("seed %d", seed).isEmpty();
    store.close();
    for (Writer writer : writers) {
      assertThat(writer.made).as(writer.getName()).doesNotContain(0);
    }
    checkThreads(begun, most);
    assertThat(mostAttempts.get()).isBetween(1, ATTEMPTS);
  }

  private static void checkThreads(Set<Thread> begun, int most) throws InterruptedException {
    Set<String> names = new TreeSet<>();
    begun.forEach(thread -> names.add(thread.getName().replaceAll("[0-9]+", "N")));
    assertThat(names).contains("quarry-async", "quarry-feed-N", "quarry-job-job-N");
    assertThat(names).allMatch(name -> name.startsWith("quarry-"));
    assertThat(begun).allMatch(Thread::isDaemon);
    assertThat(most).as("%s", names).isLessThanOrEqualTo(MOST_THREADS);
    for (Thread thread : begun) {
      thread.join(5_000); // some end by themselves, soon
    }
    begun.removeIf(thread -> !thread.isAlive());
    // the one that reports handles nobody closed is the process's
    assertThat(begun).extracting(Thread::getName).isSubsetOf("quarry-cleaner");
  }

  private void checkAllGoOn(long seed) {
    for (Writer writer : writers) {
      long idle = System.nanoTime() - writer.last.get();
      if (writer.isAlive() && idle > STALL_NANOS) {
        StringBuilder stacks = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
          stacks.append("\n\n").append(entry.getKey().getName());
          Arrays.stream(entry.getValue()).forEach(frame -> stacks.append("\n  ").append(frame));
        }
        throw new AssertionError("seed " + seed + ": " + writer + " stands still" + stacks);
      }
    }
  }

  private static String id(Random random) {
    return "T-" + random.nextInt(IDS);
  }

  /** A few, in any order, perhaps one twice. */
  private static List<String> ids(Random random) {
    return random.ints(2 + random.nextInt(4), 0, IDS).mapToObj(i -> "T-" + i).toList();
  }

  private static Task task(String id, Random random) {
    return Task.builder(id, "t" + random.nextInt(100))
        .status(Status.values()[random.nextInt(3)])
        .priority(Priority.values()[random.nextInt(4)])
        .dependency(id(random) + "-" + random.nextInt(3)) // mostly one that is absent
        .build();
  }

  private static Task other(Task task, Random random) {
    Task.Builder other = task.toBuilder().title("t" + random.nextInt(100));
    return random.nextInt(4) == 0
        ? other.dependencies(ids(random).stream().distinct().toList()).build()
        : other.status(Status.values()[random.nextInt(3)]).build();
  }

  private void write(int verb, Random random) throws Exception {
    switch (verb) {
      case 0 -> batch(random);
      case 1 -> store.setStatus(ids(random), Status.values()[random.nextInt(3)]);
      case 2 ->
          store.insertAll(ids(random).stream().distinct().map(id -> task(id, random)).toList());
      case 3 -> retry(random);
      case 4 -> claim(random);
      case 5 -> queue(random);
      case 6 -> undo(random);
      case 7 -> {
        store.archive(ids(random));
        store.restore(ids(random));
      }
      case 8 -> read();
      default -> {
        Query some = Query.where(TaskFields.STATUS.is(Status.TODO));
        store
            .updateAll("job-" + jobs.incrementAndGet(), some, 4, t -> t.withPriority(Priority.LOW))
            .await();
      }
    }
  }

  private void batch(Random random) {
    try (WriteBatch batch = store.newBatch()) {
      for (String id : ids(random)) {
        switch (random.nextInt(3)) {
          case 0 -> batch.put(task(id, random));
          case 1 -> batch.update(id, t -> other(t, random));
          default -> batch.delete(id);
        }
      }
      batch.commit();
    }
  }

  /** Changes two, as they were read, or tries again. */
  private void retry(Random random) {
    AtomicInteger attempts = new AtomicInteger();
    String first = id(random);
    String second = id(random);
    try {
      store.retrying(
          ATTEMPTS,
          () -> {
            mostAttempts.accumulateAndGet(attempts.incrementAndGet(), Math::max);
            for (String id : List.of(first, second)) {
              store.get(id).ifPresent(t -> store.replace(other(t, random), t.version()));
            }
            return null;
          });
    } finally {
      mostAttempts.accumulateAndGet(attempts.get(), Math::max);
    }
  }

  private void claim(Random random) {
    Duration lease = Duration.ofMillis(1 + random.nextInt(40));
    for (Claim claim : store.claims().next(Condition.ready(), "w", lease, 3)) {
      switch (random.nextInt(4)) {
        case 0 -> store.claims().complete(claim);
        case 1 -> store.claims().release(claim);
        case 2 -> store.claims().renew(claim, lease);
        default -> store.claims().update(claim, t -> t.withTitle("claimed"));
      }
    }
  }

  private void queue(Random random) throws InterruptedException {
    try (AsyncWrites queue = store.async(2, AsyncWrites.Policy.BLOCK)) {
      List<CompletableFuture<?>> writes = new ArrayList<>();
      for (String id : ids(random)) {
        writes.add(queue.put(task(id, random)));
      }
      for (CompletableFuture<?> write : writes) {
        try {
          write.get();
        } catch (ExecutionException e) {
          throw (RuntimeException) e.getCause();
        }
      }
    }
  }

  private void undo(Random random) {
    if (random.nextBoolean()) {
      store.undo(id(random));
    } else {
      store.undoLast();
    }
  }

  private void read() throws Exception {
    store.ready(Condition.ready(), PageRequest.first(5));
    store.forEachParallel(Query.all(), 2, task -> {});
    try (Snapshot snapshot = store.snapshot();
        TaskCursor cursor = snapshot.scan(Query.all(), ScanOptions.chunks(10))) {
      assertThat(cursor.nextChunk().size()).isLessThanOrEqualTo((int) snapshot.count(Query.all()));
    }
  }
}
