package dev.quarry.bench.jmh;

import dev.quarry.Task;
import dev.quarry.bench.KeySequence;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.WrongAnswerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/** What do 1,000 tasks by their ids cost, in one call and one by one? Times are per task. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GetAllBench {
  private static final int MANY = 1_000;

  /** Lists of ids drawn beforehand, which take turns. */
  @State(Scope.Thread)
  public static class Keys {
    private static final int LISTS = 64;

    private final List<List<String>> lists = new ArrayList<>();
    private int next;

    /** Draws the ids. */
    @Setup
    public void draw(BenchmarkParams params) {
      int tasks = Integer.parseInt(params.getParam("tasks"));
      KeySequence sequence = new KeySequence(KeySequence.Distribution.UNIFORM, tasks, 13);
      for (int i = 0; i < LISTS; i++) {
        List<String> ids = new ArrayList<>(MANY);
        while (ids.size() < MANY) {
          ids.add(TaskWorkload.id(sequence.next()));
        }
        lists.add(ids);
      }
    }

    List<String> next() {
      next = (next + 1) % LISTS;
      return lists.get(next);
    }
  }

  /** Before a time counts: both ways give the tasks that were asked for. */
  @State(Scope.Benchmark)
  public static class Checked {
    /** Looks at one list. */
    @Setup(Level.Trial)
    public void check(QuarryState quarry, Keys keys) {
      List<String> ids = keys.next();
      List<Task> one = new GetAllBench().gets(quarry, ids);
      List<Task> all = quarry.store().getAll(ids).stream().map(Optional::orElseThrow).toList();
      if (!one.equals(all) || !one.stream().map(Task::id).toList().equals(ids)) {
        throw new WrongAnswerException("getAll gives " + all + " instead of " + one);
      }
    }
  }

  /** The store's verb for many. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public List<Optional<Task>> getAll(QuarryState quarry, Keys keys, Checked checked) {
    return quarry.store().getAll(keys.next());
  }

  /** The store's verb for one, so often. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public List<Task> gets(QuarryState quarry, Keys keys, Checked checked) {
    return gets(quarry, keys.next());
  }

  private List<Task> gets(QuarryState quarry, List<String> ids) {
    List<Task> tasks = new ArrayList<>(MANY);
    for (String id : ids) {
      tasks.add(quarry.store().get(id).orElseThrow());
    }
    return tasks;
  }

  /** Two reads of many keys, and the decoding. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public List<Task> rawGetAll(RawState raw, Keys keys) {
    List<Task> tasks = new ArrayList<>(MANY);
    for (byte[] record : raw.store().getAll(keys.next())) {
      tasks.add(raw.codec().decode(record));
    }
    return tasks;
  }

  /** Twice as many reads of one key, and the decoding. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public List<Task> rawGets(RawState raw, Keys keys) {
    List<Task> tasks = new ArrayList<>(MANY);
    for (String id : keys.next()) {
      tasks.add(raw.codec().decode(raw.store().get(id)));
    }
    return tasks;
  }
}
