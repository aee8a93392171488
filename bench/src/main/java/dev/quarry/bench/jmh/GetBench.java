package dev.quarry.bench.jmh;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.KeySequence;
import dev.quarry.bench.TaskWorkload;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/** What does it cost to fetch a task by its id? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GetBench {
  /** Which ids a thread asks for. */
  @State(Scope.Thread)
  public static class Keys {
    /** How often each id is asked for. */
    @Param({"uniform", "zipf"})
    public String keys;

    private KeySequence sequence;
    private String[] ids;

    /** Draws the ids. */
    @Setup
    public void draw(BenchmarkParams params) {
      int tasks = Integer.parseInt(params.getParam("tasks"));
      sequence =
          new KeySequence(
              KeySequence.Distribution.valueOf(keys.toUpperCase(Locale.ROOT)),
              tasks,
              Thread.currentThread().getId());
      ids = new String[tasks];
      for (int i = 0; i < tasks; i++) {
        ids[i] = TaskWorkload.id(i);
      }
    }

    String next() {
      return ids[sequence.next()];
    }
  }

  /** The store's verb. */
  @Benchmark
  public Task get(QuarryState quarry, Keys keys) {
    return quarry.store().get(keys.next()).orElseThrow();
  }

  /** The status alone, which nothing on the heap knows. */
  @Benchmark
  public Status statusOf(QuarryState quarry, Keys keys) {
    return quarry.store().statusOf(keys.next()).orElseThrow();
  }

  /** Two point reads and a decode. */
  @Benchmark
  public Task rawGet(RawState raw, Keys keys) {
    return raw.codec().decode(raw.store().get(keys.next()));
  }
}
