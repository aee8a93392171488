package dev.quarry.index;

import java.nio.ByteBuffer;
import org.agrona.UnsafeApi;

/**
 * The projection: rows of fixed-width columns, 512 to an entry that neither moves nor goes away
 * while the index is open.
 *
 * <p>A row starts with its version: bit 0 says that it is being changed, bit 1 that there is a row,
 * the rest counts its changes. The writer keeps the row in the {@link PreImage} first, makes the
 * version odd, fences, edits, and releases the next even version. A reader reads version, columns,
 * fence, version: even and equal means whole; odd sends it to the pre-image, which is valid until
 * the edit has ended. So a reader needs another attempt only when the writer has completed an edit
 * of that very row.
 */
final class RowStore {
  static final int ROWS = 512;
  private static final int SHIFT = 9;
  private static final int HEADER = 16;
  private static final int PRESENT_COUNT = 0;
  private static final int STRIDE = 4;
  private static final int EDITING = 1;
  private static final int PRESENT = 2;
  private static final int ONE_CHANGE = 4;

  private final EntrySpace space;
  private final Directory directory;
  private final PreImage preImage;
  private final ContainerWriter.EditHook hook;
  private final int[] widths;
  private final int[] offsets;
  private final int stride;
  private final KeyTable keys;
  private final int keyColumn;
  private long lastStamp = 2;
  private long rows;

  /** Rows of which the column {@code keyColumn} can be looked up; -1 for none. */
  RowStore(
      EntrySpace space,
      Directory directory,
      int[] widths,
      int keyColumn,
      ContainerWriter.EditHook hook) {
    this.space = space;
    this.keyColumn = keyColumn;
    this.directory = directory;
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

  private static int stride(int[] widths) {
    int bytes = Integer.BYTES;
    for (int width : widths) {
      bytes += width;
    }
    return (bytes + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
  }

  /** Bytes of an entry's value. */
  static int entryBytes(int[] widths) {
    return (HEADER + ROWS * stride(widths) + 7) / 8 * 8;
  }

  /** Address of the row, or 0 where it was never written. */
  private long address(long ordinal) {
    if (ordinal < 0) {
      return 0;
    }
    long block = directory.find((ordinal >>> SHIFT) + 1);
    return block == 0 ? 0 : block + HEADER + (ordinal & ROWS - 1) * stride;
  }

  boolean read(long ordinal, int wanted, long[] columns) {
    long row = address(ordinal);
    if (row == 0) {
      return false;
    }
    while (true) {
      int version = UnsafeApi.getIntAcquire(null, row);
      if ((version & EDITING) == 0) {
        if ((version & PRESENT) == 0) {
          return false;
        }
        decode(row, wanted, columns);
        if (unchanged(row, version)) {
          return true;
        }
      } else {
        long stamp = preImage.stamp();
        if (stamp != 0 && preImage.key() == ordinal && preImage.meta() == version) {
          decode(preImage.payload(), wanted, columns);
          if (preImageUnchanged(stamp)) {
            return (version & PRESENT) != 0;
          }
        }
      }
      Thread.onSpinWait();
    }
  }

  long readColumn(long ordinal, int column, long absent) {
    long row = address(ordinal);
    if (row == 0) {
      return absent;
    }
    while (true) {
      int version = UnsafeApi.getIntAcquire(null, row);
      if ((version & EDITING) == 0) {
        if ((version & PRESENT) == 0) {
          return absent;
        }
        long value = get(row, column);
        if (unchanged(row, version)) {
          return value;
        }
      } else {
        long stamp = preImage.stamp();
        if (stamp != 0 && preImage.key() == ordinal && preImage.meta() == version) {
          long value = get(preImage.payload(), column);
          if (preImageUnchanged(stamp)) {
            return (version & PRESENT) != 0 ? value : absent;
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
    directory.forEach(
        (key, block) -> {
          long first = (key - 1) << SHIFT;
          for (int i = 0; i < ROWS; i++) {
            long row = block + HEADER + (long) i * stride;
            if ((UnsafeApi.getInt(row) & PRESENT) != 0) {
              visitor.row(first + i, get(row, column));
            }
          }
        });
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

  private static boolean unchanged(long row, int version) {
    UnsafeApi.loadFence();
    return UnsafeApi.getIntAcquire(null, row) == version;
  }

  private boolean preImageUnchanged(long stamp) {
    UnsafeApi.loadFence();
    return preImage.stamp() == stamp;
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
    long row = address(ordinal);
    if (row == 0) {
      if (!present) {
        return;
      }
      addBlock(ordinal >>> SHIFT);
      row = address(ordinal);
    }
    int old = UnsafeApi.getInt(row);
    boolean was = (old & PRESENT) != 0;
    if (!present && !was) {
      return;
    }
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
    if (present != was) {
      long block = directory.find((ordinal >>> SHIFT) + 1);
      int change = present ? 1 : -1;
      UnsafeApi.putInt(block + PRESENT_COUNT, UnsafeApi.getInt(block + PRESENT_COUNT) + change);
      rows += change;
    }
    if (keys != null) {
      follow(row, ordinal, was, oldKey, present);
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

  private void addBlock(long number) {
    long address = space.insert(number, new byte[entryBytes(widths)]);
    UnsafeApi.putInt(address + STRIDE, stride);
    UnsafeApi.storeFence();
    directory.put(number + 1, address);
  }

  /** Takes in a block of rows that was found in a file; false where it cannot be one. */
  boolean adopt(long number, long address, long bytes) {
    if (bytes != entryBytes(widths)
        || UnsafeApi.getInt(address + STRIDE) != stride
        || number < 0
        || directory.find(number + 1) != 0) {
      return false;
    }
    int present = UnsafeApi.getInt(address + PRESENT_COUNT);
    if (present < 0 || present > ROWS) {
      return false;
    }
    rows += present;
    directory.put(number + 1, address);
    return true;
  }

  long rows() {
    return rows;
  }

  long directoryBytes() {
    return directory.bytes() + preImage.bytes() + (keys == null ? 0 : keys.bytes());
  }
}
