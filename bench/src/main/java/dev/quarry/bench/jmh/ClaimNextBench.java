package dev.quarry.bench.jmh;

import dev.quarry.Task;
import dev.quarry.work.Claim;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;

/**
 * What does a worker pay to take the next task and to be done with it? The task is released, so
 * that there is always one; the head of the queue is therefore always the same few tasks.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClaimNextBench {
  private static final Duration LEASE = Duration.ofMinutes(10);

  /** Take and give back, alone. */
  @Benchmark
  public Task nextAndRelease(ReadyState state) {
    return round(state);
  }

  /** The same beside seven others. */
  @Benchmark
  @Threads(8)
  public Task nextAndReleaseBy8(ReadyState state) {
    return round(state);
  }

  private static Task round(ReadyState state) {
    Claim claim = state.store().claims().next("bench", LEASE).orElseThrow();
    return state.store().claims().release(claim);
  }
}
