package dev.quarry.bench;

import dev.quarry.Task;

/**
 * One change of a recorded trace.
 *
 * @param time when it was committed, in seconds since 1970; equal times came as one burst
 * @param kind what it does
 * @param id of which task
 * @param edit how the task changes
 */
public record TraceEvent(long time, Kind kind, String id, TraceEdit edit) {
  /** What an event does. */
  public enum Kind {
    /** Adds a task. */
    CREATE,
    /** Changes the status and perhaps more. */
    STATUS,
    /** Changes anything but the status. */
    EDIT,
    /** Moves {@code updatedAt} and nothing else. */
    TOUCH
  }

  /** The new task of an event of kind {@link Kind#CREATE}. */
  public Task created() {
    return edit.applyTo(Task.builder(id, "").build());
  }

  /** The task after the event. */
  public Task applyTo(Task before) {
    return edit.applyTo(before);
  }
}
