package dev.quarry.bench.jmh;

import dev.quarry.Status;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** What does it cost to count all tasks by status? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CountByBench {
  /** The store's verb. */
  @Benchmark
  public Map<Status, Long> countBy(QuarryState quarry) {
    return quarry.store().countBy(Query.all(), TaskFields.STATUS);
  }

  /** A walk over all records that reads nothing of them but the status. */
  @Benchmark
  public Map<Status, Long> rawWalk(RawState raw) {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    raw.store().scan(record -> counts.merge(RecordCodec.status(record), 1L, Long::sum));
    return counts;
  }
}
