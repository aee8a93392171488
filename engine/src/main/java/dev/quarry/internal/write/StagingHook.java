package dev.quarry.internal.write;

import dev.quarry.Task;

/** Takes part in commits: is called for each task that a commit is about to change. */
@FunctionalInterface
public interface StagingHook {
  /** Takes no part. */
  StagingHook NONE = (staging, before, after) -> {};

  /**
   * A task is about to change, in the thread that stages; may attach entries to the commit and hold
   * tasks, but not change tasks.
   *
   * @param before the stored task, null for a new one
   * @param after the task to be, null for a removed one
   */
  void changing(Staging staging, Task before, Task after);

  /** The form in which a task that is there goes to the archive. */
  default Task archiving(Staging staging, Task task) {
    return task;
  }
}
