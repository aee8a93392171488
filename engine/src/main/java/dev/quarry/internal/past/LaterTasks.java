package dev.quarry.internal.past;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.write.Dependents;
import dev.quarry.internal.write.Staging;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The tasks that stand on changes which are to be undone: they came to depend on a new task since,
 * or were begun since behind one that was done. For one commit in the making, before it stages
 * anything. Of a task on many of whose blockers the commit touches, the record is read once, and
 * its dependencies only where it was written since.
 */
final class LaterTasks {
  /** Tasks and dependencies that are remembered: some ten MB. */
  private static final int MOST_KEPT = 1 << 17;

  private final Staging staging;
  private final Map<Long, Seen> seen = new HashMap<>();
  private int kept;

  /** What a task was found to be; what it depends on only once that is asked for. */
  private static final class Seen {
    final String id;
    final long version;
    Set<String> dependencies;

    Seen(String id, long version) {
      this.id = id;
      this.version = version;
    }
  }

  LaterTasks(Staging staging) {
    this.staging = staging;
  }

  /** The id of the first that stands on a change, or null; those behind it are not looked at. */
  String first(Change change) {
    String[] first = {null};
    forEach(
        change,
        id -> {
          first[0] = id;
          return false;
        });
    return first[0];
  }

  /** Gives the ids of those that stand on a change, oldest first, while more are wanted. */
  void forEach(Change change, Predicate<String> goesOn) {
    boolean goes = change.before() == null;
    boolean wasDone = change.after() != null && change.after().status() == Status.DONE;
    boolean reopens = !goes && wasDone && change.before().status() != Status.DONE;
    if (!goes && !reopens) {
      return;
    }
    Dependents dependents = staging.dependents(change.id());
    for (long ordinal = dependents.next(); ordinal >= 0; ordinal = dependents.next()) {
      if (goes || isBegun(staging.storedStatus(ordinal))) {
        String id = standing(ordinal, change);
        if (id != null && !goesOn.test(id)) {
          return;
        }
      }
    }
  }

  private static boolean isBegun(Status status) {
    return status == Status.IN_PROGRESS || status == Status.DONE;
  }

  /** The id of a task that was written since the change and depends on it; else null. */
  private String standing(long ordinal, Change change) {
    Seen task = seen(ordinal);
    // one that was not written since was so before the change already
    boolean stands =
        task != null
            && task.version > change.sequence()
            && dependencies(ordinal, task).contains(change.id());
    return stands ? task.id : null;
  }

  private Seen seen(long ordinal) {
    Seen known = seen.get(ordinal);
    if (known != null) {
      return known;
    }
    IndexedFields fields = staging.storedFields(ordinal);
    if (fields == null) {
      return null;
    }
    Seen task = new Seen(fields.id(), fields.version());
    keep(1);
    seen.put(ordinal, task);
    return task;
  }

  private Set<String> dependencies(long ordinal, Seen task) {
    if (task.dependencies == null) {
      Task stored = staging.stored(ordinal);
      task.dependencies = stored == null ? Set.of() : Set.copyOf(stored.dependencies());
      keep(task.dependencies.size());
    }
    return task.dependencies;
  }

  private void keep(int more) {
    kept += more;
    if (kept > MOST_KEPT) {
      seen.clear();
      kept = more;
    }
  }
}
