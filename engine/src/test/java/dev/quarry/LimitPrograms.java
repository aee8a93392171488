package dev.quarry;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What runs in processes with little of something. */
final class LimitPrograms {
  private static final int BATCH = 1_000;

  private LimitPrograms() {}

  private static Task task(int i) {
    return Task.builder("T-" + i, "Task number " + i)
        .description("Something of a usual length about the task of this number. ".repeat(8) + i)
        .status(i % 3 == 0 ? Status.DONE : Status.TODO)
        .priority(Priority.values()[i % 4])
        .agent("agent-" + i % 50)
        .assignee("assignee-" + i * 31 % 1_000)
        .tag("tag-" + i % 7)
        .estimatedHours((double) (i * 7_919L % 10_007))
        .build();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("does not hold: " + what);
    }
  }

  /** Loads, reads and verifies a store that is much larger than the heap. */
  static final class LittleHeap {
    private LittleHeap() {}

    public static void main(String[] arguments) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      Path directory = Path.of(arguments[0]);
      int n = Integer.parseInt(arguments[1]);
      long cacheBytes = 4 << 20;
      run(TaskStoreOptions.builder(directory).recordCacheBytes(cacheBytes).build(), n);
      out.println("ok " + n);
    }

    static void run(TaskStoreOptions options, int n) {
      try (TaskStore store = TaskStore.open(options)) {
        for (int i = 0; i < n; i += BATCH) {
          List<Task> tasks = new ArrayList<>();
          for (int k = i; k < Math.min(n, i + BATCH); k++) {
            tasks.add(task(k));
          }
          store.insertAll(tasks);
        }
        reads(store, n, options.recordCacheBytes());
      }
      try (TaskStore store = TaskStore.open(options)) {
        check(store.verify(true, ProgressListener.NONE).problems().isEmpty(), "verify");
        store.rebuildIndexes(ProgressListener.NONE);
        check(store.count(Query.where(TaskFields.TAGS.contains("tag-3"))) == (n + 3) / 7, "tags");
      }
    }

    private static void reads(TaskStore store, int n, long cacheBytes) {
      int done = (n + 2) / 3;
      check(
          store
              .countBy(Query.all(), TaskFields.STATUS)
              .equals(Map.of(Status.DONE, (long) done, Status.TODO, (long) n - done)),
          "countBy");
      check(store.countBy(Query.all(), TaskFields.ASSIGNEE).size() == 1_000, "assignees");
      AtomicLong parallel = new AtomicLong();
      store.forEachParallel(Query.all(), 2, t -> parallel.incrementAndGet());
      check(parallel.get() == n, "parallel");
      // an order that no index keeps
      Query byHours = Query.all().orderBy(TaskFields.ESTIMATED_HOURS.descending());
      Set<String> ids = new HashSet<>();
      double last = Double.MAX_VALUE;
      try (TaskCursor cursor = store.scan(byHours, ScanOptions.chunks(500))) {
        for (List<Task> c = cursor.nextChunk(); !c.isEmpty(); c = cursor.nextChunk()) {
          for (Task t : c) {
            check(t.estimatedHours() <= last, "order");
            last = t.estimatedHours();
            ids.add(t.id());
          }
        }
      }
      check(ids.size() == n, "scan");
      for (int i = 0; i < n; i++) {
        check(store.get("T-" + i).orElseThrow().title().endsWith(" " + i), "get");
      }
      check(store.stats().cache().bytes() <= cacheBytes * 105 / 100, "cache's bound");
    }
  }

  /** The same with caches as they are by default, under a memory limit of 96 MB. */
  static final class LittleMemory {
    private LittleMemory() {}

    public static void main(String[] arguments) throws InterruptedException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      int n = Integer.parseInt(arguments[1]);
      Duration interval = Duration.ofMillis(200);
      TaskStoreOptions options =
          TaskStoreOptions.builder(Path.of(arguments[0]))
              .memoryLimitBytes(96 << 20)
              .memoryCheckInterval(interval)
              .build();
      LittleHeap.run(options, n);
      try (TaskStore store = TaskStore.open(options)) {
        LittleHeap.reads(store, n, options.recordCacheBytes());
        TimeUnit.NANOSECONDS.sleep(2 * interval.toNanos());
        StoreStats.Memory memory = store.stats().memory();
        check(memory.sumBytes() <= memory.limitBytes(), "limit, with " + memory);
        check(memory.limitBytes() == 96 << 20, "limit of 96 MB");
      }
      out.println("ok " + n);
    }
  }

  /** A limit that the index alone is above, for many intervals. */
  static final class TinyLimit {
    private TinyLimit() {}

    public static void main(String[] arguments) throws InterruptedException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      AtomicLong told = new AtomicLong();
      TaskStoreOptions options =
          TaskStoreOptions.builder(Path.of(arguments[0]))
              .memoryLimitBytes(1 << 20)
              .memoryCheckInterval(Duration.ofMillis(20))
              .onMemoryPressure(pressure -> told.incrementAndGet())
              .build();
      try (TaskStore store = TaskStore.open(options)) {
        for (int i = 0; i < 2_000; i++) {
          store.insert(task(i));
        }
        while (told.get() == 0) {
          TimeUnit.MILLISECONDS.sleep(5);
        }
        TimeUnit.MILLISECONDS.sleep(500);
        for (int i = 0; i < 2_000; i++) {
          check(store.get("T-" + i).isPresent(), "get");
        }
      }
      out.println("ok " + told);
    }
  }

  /** Uses a store with few file descriptors; says whether that worked or who refused it. */
  static final class FewFiles {
    private FewFiles() {}

    public static void main(String[] arguments) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
        for (int i = 0; i < 3_000; i++) {
          store.put(task(i));
        }
        store.compact();
        List<Snapshot> snapshots = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          snapshots.add(store.snapshot());
        }
        snapshots.forEach(s -> check(s.count(Query.all()) == 3_000, "count"));
        snapshots.forEach(Snapshot::close);
        check(store.verify().problems().isEmpty(), "verify");
        out.println("works");
      } catch (TaskStoreException e) {
        out.println("refused " + e.getClass().getSimpleName() + " " + e.getMessage());
      }
    }
  }
}
