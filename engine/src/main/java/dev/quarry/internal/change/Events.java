package dev.quarry.internal.change;

import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.internal.write.TaskTexts;

/** Changes as a listener gets them. */
public final class Events {
  private Events() {}

  /** The public form of a part of a commit; tasks of more than {@code maxBytes} are cut. */
  public static Change of(Commit commit, TaskChange change, long maxBytes) {
    Task before = cut(change.before(), maxBytes);
    Task after = cut(change.after(), maxBytes);
    return new Change(
        commit.sequence(),
        commit.at(),
        kind(before, after),
        commit.action().word(),
        commit.actor(),
        (after == null ? before : after).id(),
        before,
        after);
  }

  /** What happened between two states. */
  public static Change.Kind kind(Task before, Task after) {
    if (before == null) {
      return Change.Kind.CREATED;
    }
    return after == null ? Change.Kind.DELETED : Change.Kind.UPDATED;
  }

  private static Task cut(Task task, long maxBytes) {
    if (task == null || TaskTexts.chars(task) <= maxBytes) {
      return task;
    }
    return Task.builder(task.id(), "").version(task.version()).partial(true).build();
  }
}
