package dev.quarry.bench.torture;

import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.util.Objects;

/** An id of a range and all that is known of it, also where no task is there. Not thread-safe. */
final class Row {
  /** The last change of a task, which was claimed before it or not. */
  record Last(Task before, Task after, boolean fromArchive, boolean claimed, long commit) {
    /** What an undo makes of it, as the task is now: a claim does not come back. */
    Task restored(Task now) {
      boolean leaves = now == null || now.status() != Status.IN_PROGRESS;
      return claimed && leaves ? before.withStatus(Status.TODO) : before;
    }
  }

  Task task;
  Task archived;
  long token;
  int attempt;
  String owner;
  Instant until;
  Instant rest;
  long version;
  Last last;

  Row copy() {
    Row copy = new Row();
    copy.task = task;
    copy.archived = archived;
    copy.token = token;
    copy.attempt = attempt;
    copy.owner = owner;
    copy.until = until;
    copy.rest = rest;
    copy.version = version;
    copy.last = last;
    return copy;
  }

  boolean behavesLike(Row other) {
    return Objects.equals(task, other.task)
        && Objects.equals(archived, other.archived)
        && token == other.token
        && attempt == other.attempt
        && Objects.equals(owner, other.owner)
        && Objects.equals(until, other.until)
        && Objects.equals(rest, other.rest)
        && version == other.version
        && Objects.equals(last, other.last);
  }

  /** The task as the archive takes it. */
  Task unclaimed() {
    return owner == null ? task : task.withStatus(Status.TODO);
  }

  void end(int attemptThen) {
    if (owner != null) {
      owner = null;
      until = null;
      attempt = attemptThen;
    }
  }
}
