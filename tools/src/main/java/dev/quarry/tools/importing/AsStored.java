package dev.quarry.tools.importing;

import dev.quarry.Task;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Compares a task of a source with what is stored of it. */
final class AsStored {
  private AsStored() {}

  /** The task with what the store filled in for fields that the source does not have. */
  static Task merged(Task task, Task stored) {
    Task.Builder b = task.toBuilder();
    if (task.createdAt() == null) {
      b.createdAt(stored.createdAt());
    }
    if (task.updatedAt() == null) {
      b.updatedAt(stored.updatedAt());
    }
    if (task.completedAt() == null && task.status() == stored.status()) {
      b.completedAt(stored.completedAt());
    }
    return b.build();
  }

  /** The same, but a time of change that the source does not have is now. */
  static Task forWriting(Task task, Task stored) {
    return merged(task, stored).toBuilder().updatedAt(task.updatedAt()).build();
  }

  /** Whether the store has the task as the source has it. */
  static boolean isSame(Task task, Task stored) {
    return merged(task, stored).equals(stored);
  }

  /** Whether the task has dependencies that the stored one has not. */
  static boolean gains(Task task, Task stored) {
    return !new HashSet<>(stored.dependencies()).containsAll(task.dependencies());
  }

  /** Whether what the stored one lacks may have been cut because it closed a circle. */
  static boolean mayBeCut(Task task, Task stored) {
    return stored.attributes().containsKey(ImportTarget.CIRCULAR) && gains(task, stored);
  }

  /**
   * Whether the store has the task as the source has it, but for dependencies that were cut.
   * Whether they would still close a circle, only writing them tells.
   */
  static boolean isSameButCut(Task task, Task stored) {
    if (!mayBeCut(task, stored)) {
      return false;
    }
    List<String> cut = new ArrayList<>(task.dependencies());
    cut.removeAll(new HashSet<>(stored.dependencies()));
    if (cut.remove(task.id())) {
      cut.add(0, task.id()); // on itself is found first
    }
    return isSame(without(task, cut), stored);
  }

  /** The task with dependencies that go to the attribute {@link ImportTarget#CIRCULAR}. */
  static Task without(Task task, List<String> cut) {
    List<String> rest = new ArrayList<>(task.dependencies());
    rest.removeAll(new HashSet<>(cut));
    String more = String.join(", ", cut);
    String left = task.attributes().get(ImportTarget.CIRCULAR);
    return task.toBuilder()
        .dependencies(rest)
        .attribute(ImportTarget.CIRCULAR, left == null ? more : left + ", " + more)
        .build();
  }
}
