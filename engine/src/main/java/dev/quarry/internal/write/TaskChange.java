package dev.quarry.internal.write;

import dev.quarry.Task;

/**
 * What a commit did to one task.
 *
 * @param ordinal the task
 * @param before the task until then, null where it was new
 * @param after the task from then on, null where it was removed
 */
public record TaskChange(long ordinal, Task before, Task after) {}
