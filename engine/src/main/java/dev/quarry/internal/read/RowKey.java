package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.EnumField;
import dev.quarry.query.Order;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Where a task stands in an order: numbers where every field of the order is a number column,
 * sortable bytes else, and the ordinal.
 *
 * @param ordinal the task
 * @param numbers one a part, rising in the wanted order; null where bytes are compared
 * @param bytes sortable; null where numbers are compared, but in a position
 */
@SuppressWarnings("ArrayRecordComponent") // compared by Sorter only
record RowKey(long ordinal, long[] numbers, byte[] bytes) {

  private static final byte ABSENT_TAG = (byte) 0xFF;

  /** Makes and compares the keys of one order. */
  static final class Sorter {
    private final List<Order> order;
    private final int[] columns;
    private final boolean tiesDescend;

    Sorter(List<Order> order) {
      this.order = order;
      int[] numbers = new int[order.size()];
      boolean allNumbers = true;
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Terms.numberColumn(order.get(i).field());
        allNumbers &= numbers[i] >= 0;
      }
      columns = allNumbers ? numbers : null;
      tiesDescend = !order.isEmpty() && order.get(order.size() - 1).descending();
    }

    boolean usesNumbers() {
      return columns != null;
    }

    /** The number columns that are compared, as bits; 0 where bytes are. */
    int columnBits() {
      int bits = 0;
      for (int column : columns == null ? new int[0] : columns) {
        bits |= 1 << column;
      }
      return bits;
    }

    List<Order> order() {
      return order;
    }

    /** A key from sortable bytes, which a continuation keeps. */
    RowKey position(long ordinal, byte[] bytes) {
      if (columns == null) {
        return new RowKey(ordinal, null, bytes);
      }
      long[] numbers = new long[columns.length];
      ByteBuffer in = ByteBuffer.wrap(bytes); // its checksum was checked: it is this order's
      for (int i = 0; i < numbers.length; i++) {
        long flip = order.get(i).descending() ? -1 : 0;
        long number;
        if ((byte) (in.get() ^ flip) == ABSENT_TAG) {
          number = Terms.ABSENT;
        } else if (order.get(i).field() instanceof EnumField<?>) {
          number = (byte) (in.get() ^ flip);
        } else {
          number = (in.getLong() ^ flip) ^ Long.MIN_VALUE;
        }
        numbers[i] = number ^ flip;
      }
      return new RowKey(ordinal, numbers, bytes);
    }

    RowKey ofRow(long ordinal, long[] row) {
      long[] numbers = new long[columns.length];
      for (int i = 0; i < numbers.length; i++) {
        long n = row[columns[i]];
        numbers[i] = order.get(i).descending() ? ~n : n;
      }
      return new RowKey(ordinal, numbers, null);
    }

    /** Compares a row, without making its key, to a key. */
    int compareRow(long ordinal, long[] row, RowKey key) {
      for (int i = 0; i < columns.length; i++) {
        long n = row[columns[i]];
        int c = Long.compare(order.get(i).descending() ? ~n : n, key.numbers[i]);
        if (c != 0) {
          return c;
        }
      }
      return compareOrdinals(ordinal, key.ordinal);
    }

    RowKey of(long ordinal, IndexedFields fields) {
      if (columns == null) {
        return new RowKey(ordinal, null, OrderedKeys.encode(order, fields));
      }
      long[] numbers = new long[columns.length];
      for (int i = 0; i < numbers.length; i++) {
        long n = Terms.columnNumber(fields.value(order.get(i).field()));
        numbers[i] = order.get(i).descending() ? ~n : n;
      }
      return new RowKey(ordinal, numbers, null);
    }

    int compare(RowKey a, RowKey b) {
      int c =
          columns != null
              ? Arrays.compare(a.numbers, b.numbers)
              : Arrays.compareUnsigned(a.bytes, b.bytes);
      return c != 0 ? c : compareOrdinals(a.ordinal, b.ordinal);
    }

    private int compareOrdinals(long a, long b) {
      return tiesDescend ? Long.compare(b, a) : Long.compare(a, b);
    }
  }
}
