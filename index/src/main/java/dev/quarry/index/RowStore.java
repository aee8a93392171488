package dev.quarry.index;

import java.nio.ByteBuffer;
import org.agrona.UnsafeApi;

/**
 * The projection: rows of fixed-width columns, in {@link RowBlocks}.
 *
 * <p>A row starts with its version: bit 0 says that it is being changed, bit 1 that there is a row,
 * the rest counts its changes. The writer keeps the row in the {@link PreImage} first, makes the
 * version odd, fences, edits, and releases the next even version. A reader reads version, columns,
 * fence, version: even and equal means whole; odd sends it to the pre-image, which is valid until
 * the edit has ended. So a reader needs another attempt only when the writer has completed an edit
 * of that very row, or has given back memory of rows, which it does after hundreds of removals.
 */
final class RowStore {
  private static final int EDITING = 1;
  private static final int PRESENT = 2;
  private static final int ONE_CHANGE = 4;

  private final RowBlocks blocks;
  private final PreImage preImage;
  private final ContainerWriter.EditHook hook;
  private final int[] widths;
  private final int[] offsets;
  private final int stride;
  private final KeyTable keys;
  private final int keyColumn;
  private long lastStamp = 2;

  /** Of all rows; see {@link ContentSum}. */
  private long sum;

  /** Rows of which the column {@code keyColumn} can be looked up; -1 for none. */
  RowStore(RowBlocks blocks, int[] widths, int keyColumn, ContainerWriter.EditHook hook) {
    this.blocks = blocks;
    this.keyColumn = keyColumn;
    this.widths = widths;
    this.hook = hook;
    offsets = new int[widths.length];
    int at = Integer.BYTES;
    for (int c = 0; c < widths.length; c++) {
      offsets[c] = at;
      at += widths[c];
    }
    stride = stride(widths);
    preImage = new PreImage(stride);
    keys = keyColumn < 0 ? null : new KeyTable(this, keyColumn);
  }

  /** Bytes of a row. */
  static int stride(int[] widths) {
    int bytes = Integer.BYTES;
    for (int width : widths) {
      bytes += width;
    }
    return (bytes + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
  }

  /** Writer: whether there is a row at the address. */
  static boolean isPresent(long row) {
    return (UnsafeApi.getInt(row) & PRESENT) != 0;
  }

  /** Writer: whether the row at the address is being changed. */
  static boolean isEditing(long row) {
    return (UnsafeApi.getInt(row) & EDITING) != 0;
  }

  boolean read(long ordinal, int wanted, long[] columns) {
    while (true) {
      long freed = blocks.frees();
      long row = blocks.address(ordinal);
      if (blocks.frees() == freed) {
        if (row == 0) {
          return false;
        }
        int version = UnsafeApi.getIntAcquire(null, row);
        boolean present = (version & PRESENT) != 0;
        if ((version & EDITING) == 0) {
          if (present) {
            decode(row, wanted, columns);
          }
          if (unchanged(row, version, freed)) {
            return present;
          }
        } else {
          long stamp = preImage.stamp();
          if (stamp != 0 && preImage.key() == ordinal && preImage.meta() == version) {
            if (present) {
              decode(preImage.payload(), wanted, columns);
            }
            if (preImageUnchanged(stamp, freed)) {
              return present;
            }
          }
        }
      }
      Thread.onSpinWait();
    }
  }

  /** As {@link PostingIndex#mayHaveRows}. */
  boolean mayHave(long from, long to) {
    return blocks.mayHave(from, to);
  }

  long readColumn(long ordinal, int column, long absent) {
    while (true) {
      long freed = blocks.frees();
      long row = blocks.address(ordinal);
      if (blocks.frees() == freed) {
        if (row == 0) {
          return absent;
        }
        int version = UnsafeApi.getIntAcquire(null, row);
        if ((version & EDITING) == 0) {
          long value = get(row, column);
          if (unchanged(row, version, freed)) {
            return (version & PRESENT) != 0 ? value : absent;
          }
        } else {
          long stamp = preImage.stamp();
          if (stamp != 0 && preImage.key() == ordinal && preImage.meta() == version) {
            long value = get(preImage.payload(), column);
            if (preImageUnchanged(stamp, freed)) {
              return (version & PRESENT) != 0 ? value : absent;
            }
          }
        }
      }
      Thread.onSpinWait();
    }
  }

  /** Whether there is the row and its column holds the value. */
  boolean holds(long ordinal, int column, long value) {
    return readColumn(ordinal, column, ~value) == value;
  }

  /** As {@link PostingIndex#find}. */
  long find(long key) {
    return keys == null ? PostingIndex.UNSURE : keys.find(key);
  }

  /** Receives one column of rows. */
  interface Visitor {
    /** One row's. */
    void row(long ordinal, long value);
  }

  /** Writer: visits a column of every row, in no order. */
  void forEach(int column, Visitor visitor) {
    blocks.forEach((ordinal, row) -> visitor.row(ordinal, get(row, column)));
  }

  /** Writer: makes the keys of adopted rows findable, by the saved table where there is one. */
  void adopted(ByteBuffer savedKeys) {
    if (keys != null && (savedKeys == null || !keys.restore(savedKeys))) {
      keys.rebuild();
    }
  }

  /** The table of keys as {@link #adopted} takes it; null where there is none that is complete. */
  ByteBuffer savedKeys() {
    return keys == null ? null : keys.saved();
  }

  private boolean unchanged(long row, int version, long freed) {
    UnsafeApi.loadFence();
    return UnsafeApi.getIntAcquire(null, row) == version && blocks.frees() == freed;
  }

  private boolean preImageUnchanged(long stamp, long freed) {
    UnsafeApi.loadFence();
    return preImage.stamp() == stamp && blocks.frees() == freed;
  }

  private void decode(long row, int wanted, long[] columns) {
    for (int c = 0; c < widths.length; c++) {
      if ((wanted >>> c & 1) != 0) {
        columns[c] = get(row, c);
      }
    }
  }

  private long get(long row, int column) {
    long at = row + offsets[column];
    return switch (widths[column]) {
      case 1 -> UnsafeApi.getByte(at);
      case 2 -> UnsafeApi.getShort(at);
      case 4 -> UnsafeApi.getInt(at);
      default -> UnsafeApi.getLong(at);
    };
  }

  private void encode(long row, long[] columns, int start) {
    for (int c = 0; c < widths.length; c++) {
      long at = row + offsets[c];
      long value = columns[start + c];
      switch (widths[c]) {
        case 1 -> UnsafeApi.putByte(at, (byte) value);
        case 2 -> UnsafeApi.putShort(at, (short) value);
        case 4 -> UnsafeApi.putInt(at, (int) value);
        default -> UnsafeApi.putLong(at, value);
      }
    }
  }

  /** Writer: sets the row to the columns from {@code start}, or removes it where that is -1. */
  void write(long ordinal, long[] columns, int start) {
    boolean present = start >= 0;
    long row = present ? blocks.place(ordinal) : blocks.address(ordinal);
    if (row == 0) {
      return;
    }
    int old = UnsafeApi.getInt(row);
    boolean was = (old & PRESENT) != 0;
    if (!present && !was) {
      return;
    }
    long before = was ? ContentSum.row(ordinal, row, stride) : 0;
    long oldKey = was && keys != null ? get(row, keyColumn) : 0;
    lastStamp += 2;
    preImage.keep(lastStamp, ordinal, old | EDITING, row, stride);
    UnsafeApi.putIntRelease(null, row, old | EDITING);
    UnsafeApi.storeFence();
    if (present) {
      encode(row, columns, start);
    }
    if (hook != null) {
      hook.inside();
    }
    int next = (old & -ONE_CHANGE) + ONE_CHANGE;
    UnsafeApi.putIntRelease(null, row, present ? next | PRESENT : next);
    sum += (present ? ContentSum.row(ordinal, row, stride) : 0) - before;
    if (keys != null) {
      follow(row, ordinal, was, oldKey, present);
    }
    if (present != was) {
      blocks.changed(ordinal, present ? 1 : -1);
    }
  }

  /** Lets the key table follow a change, new key first, so that a key that stays is never out. */
  private void follow(long row, long ordinal, boolean was, long oldKey, boolean present) {
    long key = present ? get(row, keyColumn) : 0;
    if (was && present && key == oldKey) {
      return;
    }
    if (present && keys.add(key, ordinal)) {
      return; // built from the rows, none of which has the old key
    }
    if (was) {
      keys.remove(oldKey, ordinal);
    }
  }

  /** Takes in a block of rows that was found in a file; false where it cannot be one. */
  boolean adopt(long key, long address, long bytes) {
    return blocks.adopt(key, address, bytes);
  }

  /** Adds all adopted rows to the sum; false where a block is not as it says. */
  boolean sumUp() {
    return blocks.areWhole((ordinal, row) -> sum += ContentSum.row(ordinal, row, stride));
  }

  /** What all rows add to the sum of the contents. */
  long sum() {
    return sum;
  }

  long rows() {
    return blocks.rows();
  }

  long directoryBytes() {
    return blocks.bytes() + preImage.bytes() + (keys == null ? 0 : keys.bytes());
  }
}
