package dev.quarry.bench.jmh;

import dev.quarry.Status;
import dev.quarry.bench.KeySequence;
import dev.quarry.bench.TaskWorkload;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/** What does it cost to learn the status of a task by its id, without decoding the task? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StatusOfBench {
  /** Which tasks a thread asks for, uniformly. */
  @State(Scope.Thread)
  public static class Keys {
    private KeySequence sequence;
    private String[] ids;

    /** Draws them. */
    @Setup
    public void draw(BenchmarkParams params) {
      int tasks = Integer.parseInt(params.getParam("tasks"));
      sequence = new KeySequence(KeySequence.Distribution.UNIFORM, tasks, QuarryState.SEED);
      ids = new String[tasks];
      for (int i = 0; i < tasks; i++) {
        ids[i] = TaskWorkload.id(i);
      }
    }
  }

  /** The store's verb. */
  @Benchmark
  public Status statusOf(QuarryState quarry, Keys keys) {
    return quarry.store().statusOf(keys.ids[keys.sequence.next()]).orElseThrow();
  }

  /** One point read of the record's bytes. */
  @Benchmark
  public byte[] rawGetBytes(RawState raw, Keys keys) {
    return raw.store().get(keys.sequence.next());
  }
}
