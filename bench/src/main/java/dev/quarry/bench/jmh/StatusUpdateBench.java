package dev.quarry.bench.jmh;

import dev.quarry.BulkResult;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.KeySequence;
import dev.quarry.bench.TaskWorkload;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/** What does it cost to change a status, of one task and of 1,000 at once? Times are per task. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StatusUpdateBench {
  static final int BATCH = 1_000;

  /** Which tasks to change. */
  @State(Scope.Thread)
  public static class Keys {
    private KeySequence sequence;
    private int tasks;
    private int first;
    private Status bulkStatus = Status.CANCELLED; // the rarest: nearly all will change

    /** Draws numbers. */
    @Setup
    public void draw(BenchmarkParams params) {
      tasks = Integer.parseInt(params.getParam("tasks"));
      sequence = new KeySequence(KeySequence.Distribution.UNIFORM, tasks, 11);
    }

    int next() {
      return sequence.next();
    }

    /** Numbers of tasks that lie apart; each round over the store changes to another status. */
    int[] nextBatch() {
      int[] numbers = new int[Math.min(BATCH, tasks)];
      int stride = tasks / numbers.length;
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = i * stride + first;
      }
      first = (first + 1) % stride;
      if (first == 0) {
        bulkStatus = QuarryState.other(bulkStatus);
      }
      return numbers;
    }

    Status bulkStatus() {
      return bulkStatus;
    }
  }

  /** The store's verb for one task. */
  @Benchmark
  public Task update(QuarryState quarry, Keys keys) {
    String id = TaskWorkload.id(keys.next());
    return quarry.store().update(id, t -> t.withStatus(QuarryState.other(t.status())));
  }

  /** Two point reads, a decode, an encode and a batch of one key. */
  @Benchmark
  public Task rawUpdate(RawState raw, Keys keys) {
    String id = TaskWorkload.id(keys.next());
    long ordinal = raw.store().ordinal(id);
    Task before = raw.codec().decode(raw.store().get(ordinal));
    Task now = before.withStatus(QuarryState.other(before.status()));
    raw.store().putAll(new long[] {ordinal}, List.of(raw.codec().encode(now, 2)));
    return now;
  }

  /** The store's verb for many. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public BulkResult setStatus(QuarryState quarry, Keys keys) {
    List<String> ids = new ArrayList<>(BATCH);
    for (int number : keys.nextBatch()) {
      ids.add(TaskWorkload.id(number));
    }
    return quarry.store().setStatus(ids, keys.bulkStatus());
  }

  /** The same key-value work: for each task two reads, and one batch for all. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int rawSetStatus(RawState raw, Keys keys) {
    int[] numbers = keys.nextBatch();
    long[] ordinals = new long[numbers.length];
    List<byte[]> records = new ArrayList<>(numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      ordinals[i] = raw.store().ordinal(TaskWorkload.id(numbers[i]));
      Task before = raw.codec().decode(raw.store().get(ordinals[i]));
      records.add(raw.codec().encode(before.withStatus(keys.bulkStatus()), 2));
    }
    raw.store().putAll(ordinals, records);
    return numbers.length;
  }
}
