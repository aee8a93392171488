package dev.quarry.bench.jmh;

import dev.quarry.BulkResult;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** What does it cost to add 1,000 tasks in one batch? Times are per task. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(InsertBench.BATCH)
public class BulkInsertBench {
  /** The store's verb. */
  @Benchmark
  public BulkResult insertAll(QuarryState quarry, InsertBench.NewTasks added) {
    return quarry.store().insertAll(added.tasks());
  }

  /** Encodes, point reads and one batch of twice as many keys. */
  @Benchmark
  public int rawInsertAll(RawState raw, InsertBench.NewRawTasks added) {
    raw.insertAll(added.tasks());
    return added.tasks().size();
  }
}
