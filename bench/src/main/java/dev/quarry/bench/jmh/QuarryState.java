package dev.quarry.bench.jmh;

import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.bench.Answers;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.TempDirectory;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A store that holds the workload's first tasks, loaded, compacted and checked once a trial. */
@State(Scope.Benchmark)
public class QuarryState {
  static final long SEED = 42;
  static final int CHUNK = 1_000;

  /** Tasks in the store. */
  @Param({"10000", "100000", "1000000"})
  public int tasks;

  /** Whether decoded tasks are cached. */
  @Param({"on", "off"})
  public String cache;

  private final TaskWorkload workload = new TaskWorkload(SEED);
  private TempDirectory directory;
  private TaskStore store;
  private final AtomicLong next = new AtomicLong();

  /** Loads. */
  @Setup(Level.Trial)
  public void load() {
    directory = TempDirectory.in(null);
    TaskStoreOptions.Builder options =
        TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks);
    if (cache.equals("off")) {
      options.recordCacheBytes(0);
    }
    store = TaskStore.open(options.build());
    while (next.get() < tasks) {
      int count = (int) Math.min(CHUNK, tasks - next.get());
      store.insertAll(workload.tasks(take(count), count));
    }
    store.compact();
    Answers.of(workload, tasks).check(store);
  }

  /** Frees all. */
  @TearDown(Level.Trial)
  public void close() {
    store.close();
    directory.close();
  }

  TaskStore store() {
    return store;
  }

  TaskWorkload workload() {
    return workload;
  }

  /** Reserves the next {@code count} numbers for new tasks and returns the first. */
  long take(int count) {
    return next.getAndAdd(count);
  }

  /** The status that a task should change to from this one. */
  static Status other(Status status) {
    return status == Status.IN_PROGRESS ? Status.TODO : Status.IN_PROGRESS;
  }
}
