package dev.quarry.tools.importing;

import dev.quarry.DependencyCycleException;
import dev.quarry.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what an import has decided: new tasks at once, changes of tasks that exist when they are
 * many or at the end.
 */
final class ImportWriter {
  private static final long PENDING_CHARS = 8 << 20;

  /**
   * A change that waits.
   *
   * @param cut the stored task, where it lacks dependencies that may have closed a circle, else
   *     null
   * @param gains whether it has dependencies that the stored task has not
   * @param counted whether the run counts it as an update
   */
  private record Change(Task task, Task cut, boolean gains, boolean counted) {}

  private final ImportOptions options;
  private final ImportTarget target;
  private final Map<String, Change> pending = new LinkedHashMap<>();
  private long pendingChars;
  private long circular;

  ImportWriter(ImportOptions options, ImportTarget target) {
    this.options = options;
    this.target = target;
  }

  /** Dependencies that were left out so far because they close a circle. */
  long circular() {
    return circular;
  }

  /** Lets a change of a stored task wait. */
  void pend(Task task, Task stored, boolean counted) {
    Task cut = AsStored.mayBeCut(task, stored) ? stored : null;
    pending.put(task.id(), new Change(task, cut, AsStored.gains(task, stored), counted));
    pendingChars += size(task) + (cut == null ? 0 : size(cut));
  }

  private static long size(Task task) {
    long size = 500;
    size += task.description() == null ? 0 : task.description().length();
    size += task.notes() == null ? 0 : task.notes().length();
    for (String value : task.attributes().values()) {
      size += value.length();
    }
    return size;
  }

  /** Whether a change of this task waits. */
  boolean pends(String id) {
    return pending.containsKey(id);
  }

  /** Forgets the change of this task. */
  void withdraw(String id) {
    pending.remove(id);
  }

  /** Forgets what waits; how many of it were counted. */
  long withdrawAll() {
    long counted = pending.values().stream().filter(Change::counted).count();
    pending.clear();
    pendingChars = 0;
    return counted;
  }

  /** Whether so much waits that it should be written. */
  boolean isFull() {
    return pendingChars >= PENDING_CHARS;
  }

  /** Writes what waits; how many counted changes turned out to be none. */
  long flush() {
    List<Change> changes = List.copyOf(pending.values());
    pending.clear();
    pendingChars = 0;
    if (options.dryRun()) {
      return 0;
    }
    // a dependency that goes opens the circle that another one would seem to close
    inBatches(changes.stream().filter(c -> !c.gains()).map(Change::task).toList());
    inBatches(
        changes.stream().filter(c -> c.gains() && c.cut() == null).map(Change::task).toList());
    long unchanged = 0;
    for (Change change : changes) {
      // one by one: in a batch each of them would end it, or none is a change at all
      if (change.cut() != null && writeOne(change.task(), change.cut()) && change.counted()) {
        unchanged++;
      }
    }
    return unchanged;
  }

  private void inBatches(List<Task> tasks) {
    for (int i = 0; i < tasks.size(); i += options.batchSize()) {
      write(tasks.subList(i, Math.min(tasks.size(), i + options.batchSize())));
    }
  }

  /** Writes tasks in one commit, or where they close a circle one by one. */
  void write(List<Task> tasks) {
    if (!options.dryRun() && !tasks.isEmpty()) {
      try {
        target.write(tasks);
      } catch (DependencyCycleException e) {
        tasks.forEach(task -> writeOne(task, null));
      }
    }
  }

  /** Writes a task; whether it was stored like that before. */
  private boolean writeOne(Task task, Task stored) {
    Task written = target.writeOne(task, stored);
    circular += task.dependencies().size() - written.dependencies().size();
    return written.equals(stored);
  }
}
