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
    VarHandle.loadLoadFence(); // the rows were read before this
    touched.follow();
    int end = touched.from(to);
    for (int i = touched.from(from); i < end; i++) {
      byRecord.accept(touched.at(i));
    }
    if (!valid.getAsBoolean()) {
      throw new TouchedTasks.OvertakenException();
    }
  }
}
