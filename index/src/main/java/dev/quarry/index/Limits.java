package dev.quarry.index;

import java.util.Objects;

/** What an index accepts, checked where it comes in, so that nothing inside has to doubt it. */
final class Limits {
  /** Fields are numbered from 0 to this, exclusive. */
  static final int FIELDS = 1 << 16;

  /** The most bytes of a term's value. */
  static final int VALUE_BYTES = 32 << 10;

  private Limits() {}

  static void checkTerm(int field, byte[] value) {
    Objects.requireNonNull(value, "value");
    if (field < 0 || field >= FIELDS) {
      throw new IllegalArgumentException("field number outside of 0.." + (FIELDS - 1));
    }
    if (value.length > VALUE_BYTES) {
      throw new IllegalArgumentException("term value longer than " + VALUE_BYTES + " bytes");
    }
  }

  static void checkOrdinal(long ordinal) {
    if (ordinal < 0 || ordinal >= Block.ORDINAL_LIMIT) {
      throw new IllegalArgumentException("ordinal outside of 0.." + (Block.ORDINAL_LIMIT - 1));
    }
  }

  /** The column, if it can be looked up. */
  static int checkKeyColumn(int column, int[] widths) {
    if (column < -1 || column >= widths.length || (column >= 0 && widths[column] != Long.BYTES)) {
      throw new IllegalArgumentException(
          "the key column must be one of 8 bytes, or -1, but is " + column);
    }
    return column;
  }

  static int[] checkWidths(int[] widths) {
    for (int width : widths) {
      if (width != 1 && width != 2 && width != 4 && width != 8) {
        throw new IllegalArgumentException("column width other than 1, 2, 4 or 8 bytes");
      }
    }
    return widths.clone();
  }

  static void checkColumns(int[] widths, int columns) {
    if (columns != widths.length) {
      throw new IllegalArgumentException("row with another number of columns than the index");
    }
  }

  /** The value as a column of that many bytes gives it back: cut and sign-extended. */
  static long fit(long value, int width) {
    int drop = Long.SIZE - width * Byte.SIZE;
    return value << drop >> drop;
  }
}
