package dev.quarry.bench.jmh;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.TempDirectory;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A store of the workload's tasks in which every task is to be done, and every second can be. */
@State(Scope.Benchmark)
public class ReadyState {
  static final PageRequest PAGE = PageRequest.first(20);

  /** Tasks in the store. */
  @Param({"10000", "100000", "1000000"})
  public int tasks;

  private final TaskWorkload workload = new TaskWorkload(QuarryState.SEED);
  private TempDirectory directory;
  private TaskStore store;

  /** Loads. */
  @Setup(Level.Trial)
  public void load() {
    directory = TempDirectory.in(null);
    store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks).build());
    for (int first = 0; first < tasks; first += QuarryState.CHUNK) {
      int count = Math.min(QuarryState.CHUNK, tasks - first);
      store.insertAll(workload.tasks(first, count).stream().map(ReadyState::open).toList());
    }
    store.compact();
    check();
  }

  /** Before a time counts: every second task is ready, and the first page is the right one. */
  private void check() {
    check("count", (tasks + 1) / 2, store.count(Query.where(Condition.ready())));
    check("first page", first(null), ids(store.ready(ReadyBench.ALL, PAGE)));
    check("filtered", first(ReadyBench.TAG), ids(store.ready(ReadyBench.FILTER, PAGE)));
  }

  private List<String> first(String tag) {
    return IntStream.range(0, (tasks + 1) / 2)
        .mapToObj(i -> open(workload.task(2L * i)))
        .filter(task -> tag == null || task.tags().contains(tag))
        .sorted(CompoundQuery.ORDER) // those alike stay in the order of insertion
        .limit(PAGE.size())
        .map(Task::id)
        .toList();
  }

  private static List<String> ids(Page<Task> page) {
    return page.items().stream().map(Task::id).toList();
  }

  private static void check(String what, Object expected, Object actual) {
    if (!String.valueOf(expected).equals(String.valueOf(actual))) {
      throw new WrongAnswerException("ready, " + what + ": " + actual + " instead of " + expected);
    }
  }

  /** Of two neighbours the second waits for the first. */
  private static Task open(Task task) {
    int number = Integer.parseInt(task.id().replaceAll("\\D", ""));
    return task.toBuilder()
        .status(Status.TODO)
        .completedAt(null)
        .dependencies(number % 2 == 0 ? List.of() : List.of(TaskWorkload.id(number - 1)))
        .build();
  }

  /** Frees all. */
  @TearDown(Level.Trial)
  public void close() {
    store.close();
    directory.close();
  }

  TaskStore store() {
    return store;
  }
}
