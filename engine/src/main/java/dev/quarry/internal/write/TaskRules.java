package dev.quarry.internal.write;

import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;

/** What the store sets by itself in a task that is written. */
public final class TaskRules {
  private final InstantSource clock;

  /** Rules with this source of now. */
  public TaskRules(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * A new task given whole: where they are absent, the time of creation is now and that of change
   * is that of creation.
   */
  public Task given(Task task) {
    Objects.requireNonNull(task, "task");
    if (task.isPartial()) {
      throw new IllegalArgumentException(
          "task "
              + task.id()
              + " was read in part and cannot be written: its other fields would"
              + " be lost; read it whole first");
    }
    if (task.createdAt() != null && task.updatedAt() != null) {
      return task;
    }
    Instant created = task.createdAt() == null ? clock.instant() : task.createdAt();
    Instant updated = task.updatedAt() == null ? created : task.updatedAt();
    return task.toBuilder().createdAt(created).updatedAt(updated).build();
  }

  /**
   * A task given whole that is written over {@code before}: see {@link dev.quarry.TaskStore#put}.
   */
  public Task given(Task task, Task before) {
    if (task.updatedAt() != null) {
      return given(task);
    }
    Task same = given(task.toBuilder().updatedAt(before.updatedAt()).build());
    return same.equals(before) ? before : same.toBuilder().updatedAt(clock.instant()).build();
  }

  /** A task changed from {@code before}: see {@link dev.quarry.TaskStore#update}. */
  public Task changed(Task before, Task after) {
    Objects.requireNonNull(after, "the changed task; to remove it, use delete");
    if (!after.id().equals(before.id())) {
      throw new IllegalArgumentException(
          "a change must keep the id: " + before.id() + " became " + after.id());
    }
    if (after.equals(before)) {
      return before;
    }
    Task.Builder builder = after.toBuilder();
    Instant now = clock.instant();
    if (Objects.equals(before.updatedAt(), after.updatedAt())) {
      builder.updatedAt(now);
    }
    if (before.status() != after.status()
        && Objects.equals(before.completedAt(), after.completedAt())) {
      if (after.status() == Status.DONE) {
        builder.completedAt(now);
      } else if (before.status() == Status.DONE) {
        builder.completedAt(null);
      }
    }
    return given(builder.build(), before);
  }
}
