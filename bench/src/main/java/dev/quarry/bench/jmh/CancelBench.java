package dev.quarry.bench.jmh;

import dev.quarry.Job;
import dev.quarry.TaskStore;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.TempDirectory;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Query;
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

/** How long does a job over everything go on after it was told to stop? */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 10)
@Fork(1)
public class CancelBench {
  /** Tasks in the store; many chunks, so that the job is never through before it is told. */
  @Param({"20000"})
  public int archived;

  /** What the job does: archives all tasks, or changes them in chunks of 1,000. */
  @Param({"ARCHIVE", "UPDATE"})
  public String work;

  private TempDirectory directory;
  private TaskStore store;
  private Job job;

  /** Loads, and begins the job. */
  @Setup(Level.Iteration)
  public void begin() {
    TaskWorkload workload = new TaskWorkload(QuarryState.SEED);
    directory = TempDirectory.in(null);
    store = TaskStore.open(directory.sub("store"));
    for (int first = 0; first < archived; first += QuarryState.CHUNK) {
      store.insertAll(workload.tasks(first, Math.min(QuarryState.CHUNK, archived - first)));
    }
    job =
        work.equals("ARCHIVE")
            ? store.archive(Query.all())
            : store.updateAll(
                "bench", Query.all(), QuarryState.CHUNK, task -> task.withAgent("other"));
    while (job.progress().treated() == 0) {
      Thread.onSpinWait();
    }
  }

  /** Stops it. */
  @Benchmark
  public Job.Progress cancel() throws InterruptedException {
    job.cancel();
    Job.Progress progress = job.await();
    if (progress.treated() == archived) {
      throw new WrongAnswerException("the job was through before it was cancelled");
    }
    return progress;
  }

  /** Drops the store. */
  @TearDown(Level.Iteration)
  public void close() {
    store.close();
    directory.close();
  }
}
