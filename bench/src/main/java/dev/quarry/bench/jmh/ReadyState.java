package dev.quarry.bench.jmh;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.TempDirectory;
import java.util.List;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A store of the workload's tasks in which every task is to be done, and every second can be. */
@State(Scope.Benchmark)
public class ReadyState {
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
