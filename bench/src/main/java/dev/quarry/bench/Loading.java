package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.util.List;

/**
 * Puts the workload's tasks into a store.
 *
 * @param tasks how many
 * @param seconds time spent in the store, in batches of {@link #CHUNK}
 * @param elapsedSeconds the same with the making of the tasks
 */
record Loading(int tasks, double seconds, double elapsedSeconds) {
  static final int CHUNK = 1_000;

  /** Loads tasks 0 to {@code tasks - 1} into an empty store. */
  static Loading load(TaskStore store, TaskWorkload workload, int tasks, Progress progress) {
    long begin = System.nanoTime();
    long inside = 0;
    for (int from = 0; from < tasks; from += CHUNK) {
      progress.at("load", from, tasks);
      List<Task> chunk = List.copyOf(workload.tasks(from, Math.min(CHUNK, tasks - from)));
      long before = System.nanoTime();
      store.insertAll(chunk);
      inside += System.nanoTime() - before;
    }
    progress.clear();
    return new Loading(tasks, inside / 1e9, (System.nanoTime() - begin) / 1e9);
  }

  double tasksPerSecond() {
    return tasks / seconds;
  }
}
