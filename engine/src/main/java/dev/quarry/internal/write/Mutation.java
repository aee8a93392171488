package dev.quarry.internal.write;

import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;

/**
 * What a commit does to one task.
 *
 * @param ordinal the task
 * @param stored the task until now, null for a new one
 * @param before its queryable fields until now, null for a new task
 * @param beforeRecord its record until now, null for a new task and where it is not at hand
 * @param after the task from now on, with the version that it gets; null for a removed one
 * @param fields the queryable fields of {@code after}; null for a removed one
 * @param readyBefore whether it was ready
 * @param readyAfter whether it is ready
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, lives for one commit
record Mutation(
    long ordinal,
    Task stored,
    IndexedFields before,
    byte[] beforeRecord,
    Task after,
    IndexedFields fields,
    boolean readyBefore,
    boolean readyAfter) {

  boolean isInsert() {
    return stored == null;
  }

  String id() {
    return after == null ? stored.id() : after.id();
  }
}
