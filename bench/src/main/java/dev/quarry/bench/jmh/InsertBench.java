package dev.quarry.bench.jmh;

import dev.quarry.Task;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does it cost to add one task? The store grows meanwhile. Times are per task. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(InsertBench.BATCH)
public class InsertBench {
  static final int BATCH = 1_000;

  /** New tasks for a store, made outside the measured time. */
  @State(Scope.Thread)
  public static class NewTasks {
    private List<Task> tasks;

    /** Makes tasks. An invocation takes milliseconds, so measuring each one is sound. */
    @Setup(Level.Invocation)
    public void make(QuarryState quarry) {
      tasks = List.copyOf(quarry.workload().tasks(quarry.take(BATCH), BATCH));
    }

    List<Task> tasks() {
      return tasks;
    }
  }

  /** New tasks for RocksDB alone. */
  @State(Scope.Thread)
  public static class NewRawTasks {
    private List<Task> tasks;

    /** Makes tasks. */
    @Setup(Level.Invocation)
    public void make(RawState raw) {
      tasks = List.copyOf(raw.workload().tasks(raw.take(BATCH), BATCH));
    }

    List<Task> tasks() {
      return tasks;
    }
  }

  /** The store's verb. */
  @Benchmark
  public long insert(QuarryState quarry, NewTasks added) {
    long last = 0;
    for (Task task : added.tasks()) {
      last = quarry.store().insert(task).version();
    }
    return last;
  }

  /** An encode, a point read and a batch of two keys. */
  @Benchmark
  public int rawInsert(RawState raw, NewRawTasks added) {
    for (Task task : added.tasks()) {
      raw.store().insert(task.id(), raw.codec().encode(task, 1));
    }
    return added.tasks().size();
  }
}
