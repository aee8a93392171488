package dev.quarry.tools.importing;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Where an import writes to. */
public interface ImportTarget {
  /** The tasks with these ids, in the order given, absent ones empty. */
  List<Optional<Task>> getAll(Collection<String> ids);

  /** Adds or replaces tasks, all or none. */
  void write(List<Task> tasks);

  /** A store, with one batch for each {@link #write}. */
  static ImportTarget of(TaskStore store) {
    return new ImportTarget() {
      @Override
      public List<Optional<Task>> getAll(Collection<String> ids) {
        return store.getAll(ids);
      }

      @Override
      public void write(List<Task> tasks) {
        try (WriteBatch batch = store.newBatch()) {
          tasks.forEach(batch::put);
          batch.commit();
        }
      }
    };
  }
}
