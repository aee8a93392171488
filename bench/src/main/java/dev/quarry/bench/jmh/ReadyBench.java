package dev.quarry.bench.jmh;

import dev.quarry.Page;
import dev.quarry.Task;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** What does it cost to learn which tasks can be started, where half of all can be? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReadyBench {
  static final Condition ALL = new Condition.And(List.of());
  static final String TAG = new TaskWorkload(QuarryState.SEED).tag(7);
  static final Condition FILTER = TaskFields.TAGS.contains(TAG);

  /** The first 20. */
  @Benchmark
  public Page<Task> first20(ReadyState state) {
    return state.store().ready(ALL, ReadyState.PAGE);
  }

  /** The first 20 with a tag. */
  @Benchmark
  public Page<Task> first20Filtered(ReadyState state) {
    return state.store().ready(FILTER, ReadyState.PAGE);
  }

  /** How many. */
  @Benchmark
  public long count(ReadyState state) {
    return state.store().count(Query.where(Condition.ready()));
  }
}
