package dev.quarry.internal.write;

import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;

/**
 * What a commit does to one task.
 *
 * @param ordinal the task
 * @param before its queryable fields until now, null for a new task
 * @param beforePrefix the encoded form of {@code before}, as the change log keeps it
 * @param after the task from now on, without its version; null for a removed one
 * @param fields the queryable fields of {@code after}; null for a removed one
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, lives for one commit
record Mutation(
    long ordinal, IndexedFields before, byte[] beforePrefix, Task after, IndexedFields fields) {

  Mutation(long ordinal, IndexedFields before, byte[] beforePrefix, Task after) {
    this(ordinal, before, beforePrefix, after, after == null ? null : IndexedFields.of(after));
  }

  boolean isInsert() {
    return before == null;
  }
}
