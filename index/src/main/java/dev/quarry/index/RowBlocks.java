package dev.quarry.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.UnsafeApi;

/**
 * The memory of rows: 512 ordinals to a block, each block one entry.
 *
 * <p><b>Layout.</b> A block starts with the number of rows that are present (4 bytes), the bytes of
 * a row (4), the slots of a thin block (4, 0 in a full one) and the side of its entry's key (4). In
 * a full block rows follow, one to an ordinal. In a thin block 512 bits follow, which never change,
 * and then one row to each bit that is set.
 *
 * <p><b>Life.</b> Ordinals rise and are never given again, so a block other than the newest mostly
 * loses rows. When a thin block would take at most half of the room of what is there, the rows are
 * copied into one; when none is left, the block goes away; when a row comes back for which a thin
 * block has no slot, the block becomes full again.
 *
 * <p><b>Readers.</b> As with containers (see {@link ContainerReader}): a block that takes another's
 * place is whole before its address is published, and memory is given back only after {@code frees}
 * has risen. A reader reads {@code frees} before the address and again behind all that it has read;
 * if it is the same, what it read was the row, and it follows an address only after such a check.
 * (Not final, so that a test can let things happen between the check and the read that follows.)
 */
class RowBlocks {
  static final int ROWS = 512;

  /** Chunks that a full block takes. */
  static final int CHUNKS = 16;

  private static final int SHIFT = 9;
  private static final int PRESENT_COUNT = 0;
  private static final int STRIDE = 4;
  private static final int SLOTS = 8;
  private static final int SIDE = 12;
  private static final int HEADER = 16;
  private static final int BITMAP_BYTES = ROWS / Byte.SIZE;

  /** Set in the directory's address of a thin block: addresses are multiples of 8. */
  private static final long THIN = 1;

  private static final int BYTE_ARRAY_BASE = UnsafeApi.arrayBaseOffset(byte[].class);

  private final EntrySpace space;
  private final Directory directory;
  private final int stride;
  private final AtomicLong frees = new AtomicLong();
  private long newest = -1;
  private long rows;

  /** Rows of so many bytes each. */
  RowBlocks(EntrySpace space, Directory directory, int stride) {
    this.space = space;
    this.directory = directory;
    this.stride = stride;
  }

  /** Bytes of the value of a full block's entry. */
  static int fullBytes(int stride) {
    return (HEADER + ROWS * stride + 7) / 8 * 8;
  }

  private static int thinBytes(int slots, int stride) {
    return (HEADER + BITMAP_BYTES + slots * stride + 7) / 8 * 8;
  }

  /** Bytes of a chunk of the files that blocks are kept in. */
  static int chunkBytes(int stride) {
    int entry = fullBytes(stride) + EntryFile.ENTRY_OVERHEAD_BYTES;
    return ((entry + CHUNKS - 1) / CHUNKS + 7) / 8 * 8;
  }

  /** What a reader reads first, and compares at the end. */
  long frees() {
    return frees.get();
  }

  /** Address of the row, or 0 where there is no place for it; not to be followed unchecked. */
  long address(long ordinal) {
    if (ordinal < 0) {
      return 0;
    }
    long found = directory.find((ordinal >>> SHIFT) + 1);
    int low = (int) ordinal & ROWS - 1;
    if ((found & THIN) == 0) {
      return found == 0 ? 0 : found + HEADER + (long) low * stride;
    }
    long bits = found - THIN + HEADER;
    long word = UnsafeApi.getLong(bits + (low >>> 6) * 8L);
    int rank = Long.bitCount(word & (1L << low) - 1);
    for (int w = (low >>> 6) - 1; w >= 0; w--) {
      rank += Long.bitCount(UnsafeApi.getLong(bits + w * 8L));
    }
    UnsafeApi.loadFence(); // the bits were read before the caller's check
    if ((word >>> low & 1) == 0) {
      return 0;
    }
    return bits + BITMAP_BYTES + (long) rank * stride;
  }

  /** Whether there is a block for any of the ordinals. */
  boolean mayHave(long from, long to) {
    for (long number = from >>> SHIFT; number <= (to - 1) >>> SHIFT; number++) {
      if (directory.find(number + 1) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Writer: address of the row, for which a place is made where there is none. */
  long place(long ordinal) {
    long row = address(ordinal);
    if (row == 0) {
      long number = ordinal >>> SHIFT;
      long old = directory.find(number + 1);
      if (old == 0) {
        add(number);
      } else {
        fill(number, old - THIN);
      }
      row = address(ordinal);
    }
    return row;
  }

  private void add(long number) {
    byte[] value = new byte[fullBytes(stride)];
    publish(number, 0, 0, 0, value);
    if (number > newest) {
      long before = newest;
      newest = number;
      thinOut(before);
    }
  }

  /** Makes a thin block full. */
  private void fill(long number, long thin) {
    byte[] value = new byte[fullBytes(stride)];
    long bits = thin + HEADER;
    long from = bits + BITMAP_BYTES;
    for (int low = 0; low < ROWS; low++) {
      if ((UnsafeApi.getLong(bits + (low >>> 6) * 8L) >>> low & 1) != 0) {
        copy(from, value, HEADER + low * stride);
        from += stride;
      }
    }
    publish(number, otherSide(thin), present(thin), 0, value);
    free(number, thin);
  }

  private void copy(long row, byte[] value, int at) {
    UnsafeApi.copyMemory(null, row, value, BYTE_ARRAY_BASE + at, stride);
  }

  private static int present(long block) {
    return UnsafeApi.getInt(block + PRESENT_COUNT);
  }

  private static long otherSide(long block) {
    return 1L - UnsafeApi.getInt(block + SIDE);
  }

  /** Writes a block whose rows are in the value; one without slots is full. */
  private void publish(long number, long side, int present, int slots, byte[] value) {
    ByteBuffer header = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
    header.putInt(PRESENT_COUNT, present).putInt(STRIDE, stride);
    header.putInt(SLOTS, slots).putInt(SIDE, (int) side);
    long address = space.insert(number << 1 | side, value);
    UnsafeApi.storeFence();
    directory.put(number + 1, slots == 0 ? address : address | THIN);
  }

  private void free(long number, long block) {
    long key = number << 1 | UnsafeApi.getInt(block + SIDE);
    UnsafeApi.storeFence();
    frees.incrementAndGet();
    // what comes to lie there is a plain store: some processors let it pass the increment's own
    UnsafeApi.storeFence();
    space.remove(key);
  }

  /** Writer: the row of the ordinal has come (1) or gone (-1). Where rows lie may change. */
  void changed(long ordinal, int change) {
    long number = ordinal >>> SHIFT;
    long block = directory.find(number + 1) & ~THIN;
    UnsafeApi.putInt(block + PRESENT_COUNT, present(block) + change);
    rows += change;
    if (change < 0) {
      thinOut(number);
    }
  }

  /** Gives back what room of a block can be; of the newest, which is still to fill, none. */
  private void thinOut(long number) {
    long found = directory.find(number + 1);
    if (found == 0 || number == newest) {
      return;
    }
    long block = found & ~THIN;
    int present = present(block);
    int slots = UnsafeApi.getInt(block + SLOTS);
    int bytes = slots == 0 ? fullBytes(stride) : thinBytes(slots, stride);
    if (present == 0) {
      directory.remove(number + 1);
      free(number, block);
    } else if (2 * thinBytes(present, stride) <= bytes
        && space.chunksFor(thinBytes(present, stride)) < space.chunksFor(bytes)) {
      thin(number, block, present);
    }
  }

  private void thin(long number, long block, int present) {
    byte[] value = new byte[thinBytes(present, stride)];
    ByteBuffer bits = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
    int at = HEADER + BITMAP_BYTES;
    for (int low = 0; low < ROWS; low++) {
      long row = address((number << SHIFT) + low);
      if (row != 0 && RowStore.isPresent(row)) {
        int word = HEADER + (low >>> 6) * 8;
        bits.putLong(word, bits.getLong(word) | 1L << low);
        copy(row, value, at);
        at += stride;
      }
    }
    publish(number, otherSide(block), present, present, value);
    free(number, block);
  }

  /** Writer: visits the address of every row that is present, in no order. */
  void forEach(Directory.Visitor visitor) {
    directory.forEach(
        (key, found) -> {
          long first = (key - 1) << SHIFT;
          for (int low = 0; low < ROWS; low++) {
            long row = address(first + low);
            if (row != 0 && RowStore.isPresent(row)) {
              visitor.entry(first + low, row);
            }
          }
        });
  }

  /** Takes in a block that was found in a file; false where it cannot be one. */
  boolean adopt(long key, long address, long bytes) {
    long number = key >>> 1;
    if (key < 0
        || bytes < HEADER + BITMAP_BYTES
        || UnsafeApi.getInt(address + STRIDE) != stride
        || UnsafeApi.getInt(address + SIDE) != (key & 1)
        || directory.find(number + 1) != 0) {
      return false;
    }
    int slots = UnsafeApi.getInt(address + SLOTS);
    int present = present(address);
    if (slots < 0
        || slots > ROWS
        || bytes != (slots == 0 ? fullBytes(stride) : thinBytes(slots, stride))
        || present < 0
        || present > (slots == 0 ? ROWS : slots)
        || (slots != 0 && slots != bitsSet(address + HEADER))) {
      return false;
    }
    rows += present;
    newest = Math.max(newest, number);
    directory.put(number + 1, address | (slots == 0 ? 0 : THIN));
    return true;
  }

  /**
   * Whether each block has as many rows as it says, and no row is half changed; visits those that
   * are present, as {@link #forEach} does.
   */
  boolean areWhole(Directory.Visitor visitor) {
    boolean[] whole = {true};
    directory.forEach(
        (key, found) -> {
          long first = (key - 1) << SHIFT;
          int present = 0;
          for (int low = 0; low < ROWS; low++) {
            long row = address(first + low);
            if (row != 0) {
              whole[0] &= !RowStore.isEditing(row);
              if (RowStore.isPresent(row)) {
                present++;
                visitor.entry(first + low, row);
              }
            }
          }
          whole[0] &= present == present(found & ~THIN);
        });
    return whole[0];
  }

  private static int bitsSet(long bits) {
    int n = 0;
    for (int w = 0; w < ROWS / Long.SIZE; w++) {
      n += Long.bitCount(UnsafeApi.getLong(bits + w * 8L));
    }
    return n;
  }

  /** How many rows are present. */
  long rows() {
    return rows;
  }

  long bytes() {
    return directory.bytes();
  }
}
