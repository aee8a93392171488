package dev.quarry.tools.importing;

import dev.quarry.DependencyCycleException;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import dev.quarry.query.Query;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Where an import writes to. */
public interface ImportTarget {
  /** Is told the ids of tasks that come now, before they are looked up. */
  default void expect(Collection<String> ids) {}

  /** The tasks with these ids, in the order given, absent ones empty. */
  List<Optional<Task>> getAll(Collection<String> ids);

  /** Which of these ids, none of which {@link #getAll} finds, are in the archive. */
  Set<String> archived(Collection<String> ids);

  /** The attribute that keeps dependencies which would have closed a circle. */
  String CIRCULAR = "dependencies.circular";

  /**
   * Adds or replaces tasks, all or none.
   *
   * @throws DependencyCycleException if a dependency closes a circle
   */
  void write(List<Task> tasks);

  /**
   * Adds or replaces a task; a dependency that would close a circle goes to the attribute {@link
   * #CIRCULAR}. The task as written.
   *
   * @param stored the task as it is stored, or null; where it differs by such dependencies only,
   *     nothing is written and it is returned
   */
  Task writeOne(Task task, Task stored);

  /** A store, with one batch for each {@link #write}. */
  static ImportTarget of(TaskStore store) {
    return new ImportTarget() {
      @Override
      public List<Optional<Task>> getAll(Collection<String> ids) {
        return store.getAll(ids);
      }

      @Override
      public Set<String> archived(Collection<String> ids) {
        // most stores have no archive: one look spares one for each id
        PageRequest one = PageRequest.first(1);
        if (ids.isEmpty() || store.archived(Query.all(), one).items().isEmpty()) {
          return Set.of();
        }
        return ids.stream()
            .filter(id -> store.getArchived(id).isPresent())
            .collect(Collectors.toSet());
      }

      @Override
      public void write(List<Task> tasks) {
        try (WriteBatch batch = store.newBatch()) {
          tasks.forEach(batch::put);
          batch.commit();
        }
      }

      @Override
      public Task writeOne(Task task, Task stored) {
        Task present = task;
        while (true) {
          try {
            store.put(present);
            return present;
          } catch (DependencyCycleException e) {
            present = AsStored.without(present, List.of((String) e.context().get("dependency")));
            if (stored != null && AsStored.isSame(present, stored)) {
              return stored;
            }
          }
        }
      }
    };
  }
}
