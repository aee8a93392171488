package dev.quarry.internal.read;

import dev.quarry.index.PostingIndex;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * The rows of the index as of a sequence: rows are of the present, and those that a commit may have
 * touched are left to their records. Not thread-safe.
 */
final class SettledRows {
  private final PostingIndex index;
  private final TouchedTasks touched;
  private final BooleanSupplier valid;
  private final long[] columns;

  /** Receives rows. */
  @FunctionalInterface
  interface Visitor {
    void row(long ordinal, long[] columns);
  }

  /**
   * Rows to be settled.
   *
   * @param touched since the rows were first read
   * @param valid whether the rows are those that they were
   */
  SettledRows(PostingIndex index, TouchedTasks touched, BooleanSupplier valid, int columns) {
    this.index = index;
    this.touched = touched;
    this.valid = valid;
    this.columns = new long[columns];
  }

  PostingIndex index() {
    return index;
  }

  /**
   * Visits the rows of the ordinals, then names those for which another answer may be right, to be
   * taken from the record. What was visited counts only when this has returned.
   *
   * @param wanted columns, as bits
   * @throws TouchedTasks.OvertakenException where too much has changed
   */
  void read(long from, long to, int wanted, Visitor visitor, LongConsumer byRecord) {
    boolean some = index.mayHaveRows(from, to);
    for (long ordinal = from; some && ordinal < to; ordinal++) {
      if (index.row(ordinal, wanted, columns)) {
        visitor.row(ordinal, columns);
      }
    }
    settle(from, to, byRecord);
  }

  /** Reads a row as it is now; it counts only when {@link #settle} has been asked about it. */
  boolean row(long ordinal, int wanted, long[] target) {
    return index.row(ordinal, wanted, target);
  }

  /**
   * Names, after rows of the ordinals were read, those for which another answer may be right.
   *
   * @throws TouchedTasks.OvertakenException where too much has changed
   */
  void settle(long from, long to, LongConsumer byRecord) {
    VarHandle.loadLoadFence(); // the rows were read before this
    touched.follow();
    int end = touched.from(to);
    for (int i = touched.from(from); i < end; i++) {
      byRecord.accept(touched.at(i));
    }
    checkValid();
  }

  /**
   * Ends what goes by the index if it was built anew since.
   *
   * @throws TouchedTasks.OvertakenException where it was
   */
  void checkValid() {
    VarHandle.loadLoadFence(); // what was read of the index was read before this
    if (!valid.getAsBoolean()) {
      throw new TouchedTasks.OvertakenException();
    }
  }
}
