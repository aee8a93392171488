package dev.quarry.bench.jmh;

import dev.quarry.BulkResult;
import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** How long does the closing of 100 tasks take, each of which lets another be begun? */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CloseBench {
  private static final int CLOSED = 100;

  /** Which tasks to close: ready ones, each time others, until all were closed once. */
  @State(Scope.Thread)
  public static class Next {
    private List<String> ids = List.of();
    private int first;
    private long ready;

    /** Chooses. */
    @Setup(Level.Iteration)
    public void choose(ReadyState state) {
      int pairs = state.tasks / 2;
      if (first + CLOSED > pairs) {
        for (int i = 0; i < first; i += CLOSED) {
          state.store().setStatus(pairs(i), Status.TODO);
        }
        first = 0;
      }
      ids = pairs(first);
      first += CLOSED;
      ready = ready(state.store());
    }

    /** Those of each pair for which the other waits. */
    private static List<String> pairs(int first) {
      List<String> ids = new ArrayList<>(CLOSED);
      for (int i = first; i < first + CLOSED; i++) {
        ids.add(TaskWorkload.id(2L * i));
      }
      return ids;
    }

    private static long ready(TaskStore store) {
      return store.count(Query.where(Condition.ready()));
    }

    /** They are done, and as many others are ready in their place. */
    @TearDown(Level.Iteration)
    public void check(ReadyState state) {
      boolean done =
          ids.stream().allMatch(id -> state.store().statusOf(id).orElseThrow() == Status.DONE);
      if (!done || ready(state.store()) != ready) {
        throw new WrongAnswerException("the tasks are not closed, or their followers not ready");
      }
    }
  }

  /** Each in a commit of its own. */
  @Benchmark
  public int oneByOne(ReadyState state, Next next) {
    for (String id : next.ids) {
      state.store().update(id, task -> task.withStatus(Status.DONE));
    }
    return CLOSED;
  }

  /** All in one commit. */
  @Benchmark
  public BulkResult together(ReadyState state, Next next) {
    return state.store().setStatus(next.ids, Status.DONE);
  }
}
