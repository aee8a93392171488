package dev.quarry.index;

import java.util.Arrays;
import java.util.Objects;

/**
 * The index changes of one or more commits, applied in one go by {@link PostingIndex#apply}. Not
 * thread-safe; may be {@linkplain #reset reset} and used again, so that the quiet path allocates
 * nothing. Changes of one term and ordinal, or of one row, take effect in the order in which they
 * were given.
 */
public final class IndexBatch {
  private static final int ADD = 1;
  private static final int REMOVE = 0;

  /** Above this many bytes of scratch, {@link #reset} gives all of it back. */
  private static final long KEPT_BYTES = 1 << 20;

  private byte[] bytes = new byte[512];
  private int byteCount;

  /** Per term change: field, start in bytes, length, 1 for add and 0 for remove. */
  private int[] terms = new int[4 * 16];

  private long[] ordinals = new long[16];
  private int termCount;

  /** Per row change: start in columns, or -1 for removal. */
  private int[] rowStarts = new int[4];

  private int[] rowWidths = new int[4];
  private long[] rowOrdinals = new long[4];
  private int rowCount;
  private long[] columns = new long[64];
  private int columnCount;

  /** Creates an empty batch. */
  public IndexBatch() {}

  /** Empties the batch. */
  public void reset() {
    if (scratchBytes() > KEPT_BYTES) {
      bytes = new byte[512];
      terms = new int[4 * 16];
      ordinals = new long[16];
      rowStarts = new int[4];
      rowWidths = new int[4];
      rowOrdinals = new long[4];
      columns = new long[64];
    }
    byteCount = 0;
    termCount = 0;
    rowCount = 0;
    columnCount = 0;
  }

  /** What the arrays take, whatever of it is in use. */
  long scratchBytes() {
    long ints = (long) terms.length + rowStarts.length + rowWidths.length;
    long longs = (long) ordinals.length + rowOrdinals.length + columns.length;
    return bytes.length + Integer.BYTES * ints + Long.BYTES * longs;
  }

  /** Adds {@code ordinal} to the posting list of the term; no effect where it is in it already. */
  public void add(int field, byte[] value, long ordinal) {
    change(field, value, ordinal, ADD);
  }

  /** Takes {@code ordinal} out of the posting list of the term; no effect where it is absent. */
  public void remove(int field, byte[] value, long ordinal) {
    change(field, value, ordinal, REMOVE);
  }

  private void change(int field, byte[] value, long ordinal, int kind) {
    Limits.checkTerm(field, value);
    Limits.checkOrdinal(ordinal);
    if (termCount == ordinals.length) {
      ordinals = Arrays.copyOf(ordinals, 2 * termCount);
      terms = Arrays.copyOf(terms, 8 * termCount);
    }
    if (bytes.length - byteCount < value.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, byteCount + value.length));
    }
    System.arraycopy(value, 0, bytes, byteCount, value.length);
    int at = 4 * termCount;
    terms[at] = field;
    terms[at + 1] = byteCount;
    terms[at + 2] = value.length;
    terms[at + 3] = kind;
    ordinals[termCount++] = ordinal;
    byteCount += value.length;
  }

  /** Sets all columns of the ordinal's projection row. {@code columns} is copied. */
  public void putRow(long ordinal, long[] columns) {
    Objects.requireNonNull(columns, "columns");
    if (this.columns.length - columnCount < columns.length) {
      this.columns =
          Arrays.copyOf(
              this.columns, Math.max(2 * this.columns.length, columnCount + columns.length));
    }
    System.arraycopy(columns, 0, this.columns, columnCount, columns.length);
    row(ordinal, columnCount, columns.length);
    columnCount += columns.length;
  }

  /** Removes the ordinal's projection row; no effect where there is none. */
  public void removeRow(long ordinal) {
    row(ordinal, -1, 0);
  }

  private void row(long ordinal, int start, int width) {
    Limits.checkOrdinal(ordinal);
    if (rowCount == rowOrdinals.length) {
      rowOrdinals = Arrays.copyOf(rowOrdinals, 2 * rowCount);
      rowStarts = Arrays.copyOf(rowStarts, 2 * rowCount);
      rowWidths = Arrays.copyOf(rowWidths, 2 * rowCount);
    }
    rowOrdinals[rowCount] = ordinal;
    rowStarts[rowCount] = start;
    rowWidths[rowCount++] = width;
  }

  int termChanges() {
    return termCount;
  }

  int field(int change) {
    return terms[4 * change];
  }

  /** The value bytes of all changes; see {@link #valueStart} and {@link #valueLength}. */
  byte[] valueBytes() {
    return bytes;
  }

  int valueStart(int change) {
    return terms[4 * change + 1];
  }

  int valueLength(int change) {
    return terms[4 * change + 2];
  }

  boolean isAdd(int change) {
    return terms[4 * change + 3] == ADD;
  }

  long ordinal(int change) {
    return ordinals[change];
  }

  int rowChanges() {
    return rowCount;
  }

  long rowOrdinal(int change) {
    return rowOrdinals[change];
  }

  /** Where the row's columns start in {@link #columns}, or -1 where the row is to be removed. */
  int rowStart(int change) {
    return rowStarts[change];
  }

  int rowWidth(int change) {
    return rowWidths[change];
  }

  long[] columns() {
    return columns;
  }
}
