package dev.quarry.bench.jmh;

import dev.quarry.QueryTimeoutException;
import dev.quarry.TaskStore;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.TempDirectory;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How long does a query take that may take 10 ms, and would take far longer? */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 50)
@Fork(1)
public class DeadlineBench {
  private static final Duration DEADLINE = Duration.ofMillis(10);

  /** Has to look at every record, since no index knows the beginnings of attributes. */
  private static final Query SLOW = Query.where(TaskFields.attribute("none").startsWith("such"));

  /** Tasks in the store; so many that looking at all of them takes longer. */
  @Param({"50000"})
  public int scanned;

  private TempDirectory directory;
  private TaskStore store;

  /** Loads. */
  @Setup(Level.Trial)
  public void open() {
    TaskWorkload workload = new TaskWorkload(QuarryState.SEED);
    directory = TempDirectory.in(null);
    store = TaskStore.open(directory.sub("store"));
    for (int first = 0; first < scanned; first += QuarryState.CHUNK) {
      store.insertAll(workload.tasks(first, Math.min(QuarryState.CHUNK, scanned - first)));
    }
  }

  /** Asks. */
  @Benchmark
  public QueryTimeoutException query() {
    try {
      throw new WrongAnswerException(store.within(DEADLINE).count(SLOW) + " before the time");
    } catch (QueryTimeoutException e) {
      return e;
    }
  }

  /** Drops the store. */
  @TearDown(Level.Trial)
  public void close() {
    store.close();
    directory.close();
  }
}
