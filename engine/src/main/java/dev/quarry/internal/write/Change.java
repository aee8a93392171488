package dev.quarry.internal.write;

import dev.quarry.internal.codec.IndexedFields;

/**
 * One task's part of a commit, as the change log keeps it.
 *
 * @param ordinal the task
 * @param before its queryable fields before the commit; null where it was new
 * @param removed whether the commit removed it
 */
public record Change(long ordinal, IndexedFields before, boolean removed) {}
