package dev.quarry.tools.importing;

/** What to do with a record whose id is taken, in the store or earlier in the same source. */
public enum DuplicatePolicy {
  /** The record replaces the task; in one source the last counts. */
  UPDATE,
  /** The task stays; in one source the first counts. */
  SKIP,
  /** The record is an error. */
  FAIL,
  /** The record gets the id with {@code -2}, {@code -3}, ... behind it. */
  NEW_ID
}
