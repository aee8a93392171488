package dev.quarry.bench.jmh;

import dev.quarry.BulkResult;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.bench.KeySequence;
import dev.quarry.bench.TaskWorkload;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.BenchmarkParams;

/** What do readers wait for a writer at full speed, and for each other? Look at p99.9. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReadersBench {
  private static final int BATCH = 100;

  /** Which ids a thread asks for, popular ones more often. */
  @State(Scope.Thread)
  public static class Keys {
    private KeySequence sequence;

    /** Draws them. */
    @Setup
    public void draw(BenchmarkParams params) {
      int tasks = Integer.parseInt(params.getParam("tasks"));
      sequence =
          new KeySequence(KeySequence.Distribution.ZIPF, tasks, Thread.currentThread().getId());
    }

    String next() {
      return TaskWorkload.id(sequence.next());
    }
  }

  /** One reader, nobody else. */
  @Benchmark
  @Threads(1)
  public Task getAlone(QuarryState quarry, Keys keys) {
    return quarry.store().get(keys.next()).orElseThrow();
  }

  /** Two readers. */
  @Benchmark
  @Threads(2)
  public Task getByTwo(QuarryState quarry, Keys keys) {
    return quarry.store().get(keys.next()).orElseThrow();
  }

  /** One reader of pages, nobody else. */
  @Benchmark
  @Threads(1)
  public Page<Task> pageAlone(QuarryState quarry) {
    return page(quarry);
  }

  /** One reader beside the writer. */
  @Benchmark
  @Group("getBesideWriter")
  @GroupThreads(1)
  public Task get(QuarryState quarry, Keys keys) {
    return quarry.store().get(keys.next()).orElseThrow();
  }

  /** The writer. */
  @Benchmark
  @Group("getBesideWriter")
  @GroupThreads(1)
  public BulkResult writeBesideGet(QuarryState quarry) {
    return write(quarry);
  }

  /** One reader of pages beside the writer. */
  @Benchmark
  @Group("pageBesideWriter")
  @GroupThreads(1)
  public Page<Task> page(QuarryState quarry) {
    return quarry.store().page(TaskWorkload.q1(), PageRequest.first(TaskWorkload.PAGE));
  }

  /** The writer. */
  @Benchmark
  @Group("pageBesideWriter")
  @GroupThreads(1)
  public BulkResult writeBesidePage(QuarryState quarry) {
    return write(quarry);
  }

  private static BulkResult write(QuarryState quarry) {
    List<Task> added = List.copyOf(quarry.workload().tasks(quarry.take(BATCH), BATCH));
    return quarry.store().insertAll(added);
  }
}
