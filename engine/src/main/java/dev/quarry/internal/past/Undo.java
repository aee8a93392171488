package dev.quarry.internal.past;

import dev.quarry.ConflictException;
import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.Staging;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Takes the last change of a task back, in a commit of its own. Thread-safe. */
public final class Undo {
  private final Committer committer;
  private final Durability durability;

  /** Undoing in a store that writes. */
  public Undo(Committer committer, Durability durability) {
    this.committer = committer;
    this.durability = durability;
  }

  /**
   * Restores what was before {@code change}, the last of its task, unless something depends on it.
   */
  public Optional<Task> undo(Change change) {
    String id = change.id();
    return committer.exclusively(
        staging -> {
          Task now = staging.get(id);
          boolean same =
              change.after() == null
                  ? now == null
                  : now != null && now.version() == change.after().version();
          if (!same) {
            throw refused("the task was changed meanwhile; undo its newest change", change, null);
          }
          checkDependents(staging, change);
          Action action = Action.UNDO;
          if (change.before() == null && change.cause().equals("restore")) {
            staging.archive(id);
          } else if (change.before() == null) {
            staging.remove(id);
          } else if (staging.restore(id)) { // an archived task comes back as it was
            // under its own name, for undoing this archives again and does not remove
            action = Action.RESTORE;
          } else {
            staging.put(change.before());
          }
          staging.describe(action, null);
          staging.commit(durability);
          return Optional.ofNullable(staging.get(id));
        });
  }

  private void checkDependents(Staging staging, Change change) {
    boolean goes = change.before() == null;
    boolean wasDone = change.after() != null && change.after().status() == Status.DONE;
    boolean reopens = !goes && wasDone && change.before().status() != Status.DONE;
    if (!goes && !reopens) {
      return;
    }
    for (Task dependent : staging.dependents(change.id())) {
      checkDependent(staging.get(dependent.id()), change, goes);
    }
  }

  private static void checkDependent(Task dependent, Change change, boolean goes) {
    if (dependent == null || !dependent.dependencies().contains(change.id())) {
      return;
    }
    if (dependent.version() <= change.sequence()) {
      return; // it was so before the change already
    }
    if (goes) {
      throw refused(
          "a task depends on the one that would go; undo that one first", change, dependent);
    }
    if (dependent.status() == Status.IN_PROGRESS || dependent.status() == Status.DONE) {
      throw refused(
          "a task that waited for this one was begun since; undo that one first",
          change,
          dependent);
    }
  }

  private static ConflictException refused(String why, Change change, Task dependent) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("id", change.id());
    context.put("sequence", change.sequence());
    if (dependent != null) {
      context.put("dependent", dependent.id());
    }
    return new ConflictException(why, context);
  }
}
