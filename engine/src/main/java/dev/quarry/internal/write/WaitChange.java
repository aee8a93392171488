package dev.quarry.internal.write;

import dev.quarry.internal.codec.IndexedFields;

/**
 * A task that a commit does not change, but that waits for more or less than before.
 *
 * @param ordinal the task
 * @param fields its queryable fields where it becomes ready or ceases to be, else null
 * @param ready whether it is ready from now on; means something only with fields
 */
record WaitChange(long ordinal, IndexedFields fields, boolean ready) {
  boolean crosses() {
    return fields != null;
  }
}
