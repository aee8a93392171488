package dev.quarry.bench.jmh;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.bench.TempDirectory;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/**
 * How long does a whole graph of work take: adding its tasks in batches of 1,000, then asking for
 * what is ready, at most 1,000 at a time, and completing it, until nothing is left? The four shapes
 * are those by which others publish their figures. Beside the clock it is checked that each task
 * was given once, and none before all that it waits for were done.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(2)
public class ShapesBench {
  private static final int BATCH = 1_000;
  private static final int LAYERS = 20;

  /** Tasks of the graph. */
  @Param({"10000"})
  public int tasks;

  /** Which graph. */
  @Param({"FAN_OUT", "FAN_IN", "LAYERED", "CHAIN"})
  public String shape;

  private TempDirectory directory;
  private TaskStore store;
  private List<Task> graph;

  /** The pages of what was ready, each completed before the next was asked for. */
  private List<List<Task>> given;

  /** Makes the tasks and an empty store. */
  @Setup(Level.Iteration)
  public void open() {
    graph = new ArrayList<>(tasks);
    for (int i = 0; i < tasks; i++) {
      graph.add(task(i));
    }
    given = new ArrayList<>();
    directory = TempDirectory.in(null);
    store = TaskStore.open(directory.sub("store"));
  }

  private Task task(int i) {
    Task.Builder task = Task.builder("t" + i, "");
    switch (shape) {
      case "FAN_OUT" -> {
        if (i > 0) {
          task.dependency("t0");
        }
      }
      case "FAN_IN" -> {
        if (i == tasks - 1) {
          List<String> all = new ArrayList<>();
          for (int k = 0; k < Math.min(tasks - 1, Task.MAX_LIST); k++) {
            all.add("t" + k);
          }
          task.dependencies(all);
        }
      }
      case "LAYERED" -> {
        int width = tasks / LAYERS;
        if (i >= width) {
          task.dependency("t" + (i - width)).dependency("t" + (i / width * width - width));
        }
      }
      default -> {
        if (i > 0) {
          task.dependency("t" + (i - 1));
        }
      }
    }
    return task.build();
  }

  /** Adds and completes them all. */
  @Benchmark
  public int run() {
    for (int i = 0; i < tasks; i += BATCH) {
      store.insertAll(graph.subList(i, Math.min(tasks, i + BATCH)));
    }
    int done = 0;
    Query ready = Query.where(Condition.ready());
    while (done < tasks) {
      Page<Task> page = store.page(ready, PageRequest.first(BATCH));
      if (page.items().isEmpty()) {
        throw new WrongAnswerException("nothing is ready after " + done + " of " + tasks);
      }
      given.add(page.items());
      store.setStatus(page.items().stream().map(Task::id).toList(), Status.DONE);
      done += page.items().size();
    }
    return done;
  }

  /** Checks what was given, outside of what is timed. */
  @TearDown(Level.Invocation)
  public void check() {
    check(graph, given);
  }

  /** Whether each of the tasks was given once, in a page behind those of all that it waits for. */
  static void check(List<Task> graph, List<List<Task>> given) {
    Map<String, Integer> numbers = new HashMap<>();
    graph.forEach(task -> numbers.put(task.id(), numbers.size()));
    BitSet done = new BitSet(graph.size());
    for (List<Task> page : given) {
      for (Task task : page) {
        // of the graph: the page's are what is in doubt
        for (String dependency : graph.get(numbers.get(task.id())).dependencies()) {
          if (!done.get(numbers.get(dependency))) {
            throw new WrongAnswerException(
                task.id() + " was called ready before " + dependency + " was done");
          }
        }
      }
      for (Task task : page) {
        int number = numbers.get(task.id());
        if (done.get(number)) {
          throw new WrongAnswerException(task.id() + " was called ready again");
        }
        done.set(number);
      }
    }
    if (done.cardinality() != graph.size()) {
      throw new WrongAnswerException(
          "of " + graph.size() + " tasks " + done.cardinality() + " were called ready");
    }
  }

  /** Drops the store. */
  @TearDown(Level.Iteration)
  public void close() {
    store.close();
    directory.close();
  }
}
