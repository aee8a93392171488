package dev.quarry.index;

/**
 * The index changes of one or more commits, applied in one go by {@link PostingIndex#apply}. Not
 * thread-safe; may be {@linkplain #reset reset} and used again, so that the quiet path allocates
 * nothing. (Shape of the API; the storage of it is the implementer's.)
 */
public final class IndexBatch {
  /** Empties the batch. */
  public void reset() {}

  /** Adds {@code ordinal} to the posting list of the term; no effect where it is in it already. */
  public void add(int field, byte[] value, long ordinal) {}

  /** Takes {@code ordinal} out of the posting list of the term; no effect where it is absent. */
  public void remove(int field, byte[] value, long ordinal) {}

  /** Sets all columns of the ordinal's projection row. {@code columns} is copied. */
  public void putRow(long ordinal, long[] columns) {}

  /** Removes the ordinal's projection row; no effect where there is none. */
  public void removeRow(long ordinal) {}
}
