package dev.quarry.index;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

/**
 * From the number in the key column of a row to the row's ordinal: open addressing in direct
 * memory, five bytes a slot, a tag of the key's hash and the ordinal. It holds no keys: a reader
 * asks the row that the ordinal names, so a wrong or outdated slot costs a look and is never
 * believed. One writer; readers take no lock.
 *
 * <p>A slot's ordinal is written once, before its tag is released; a slot that goes out of use has
 * its tag overwritten and is not used again. So within one table a probe for a key whose row stays
 * where it is passes no free slot before it finds it. A table that fills up is built anew from the
 * rows and published by one volatile store; readers of the old one finish on it, and begin again if
 * they have not found the key there.
 *
 * <p>Ordinals beyond 32 bits and tables beyond the memory that the JVM grants are not held: the
 * table then says of what it does not find that it cannot tell.
 */
final class KeyTable {
  private static final byte FREE = 0;
  private static final byte GONE = 1;
  private static final int FIRST_TAG = 2;
  private static final int TAGS = 254;
  private static final int MIN_CAPACITY = 64;
  private static final int MAX_CAPACITY = 400_000_000;
  private static final long MAX_ORDINAL = 0xFFFF_FFFFL;
  private static final int SAVED_HEADER = 16;
  private static final long MAX_SAVED = 1L << 30;

  private final RowStore rows;
  private final int column;
  private volatile Table table = new Table(MIN_CAPACITY);
  private volatile boolean complete = true;
  private int used;
  private int live;

  KeyTable(RowStore rows, int column) {
    this.rows = rows;
    this.column = column;
  }

  /** As {@link PostingIndex#find}. */
  long find(long key) {
    while (true) {
      Table t = table;
      long found = find(t, key);
      // a key that went to another row meanwhile may stand in the newer table only
      if (found != PostingIndex.NO_ROW || t == table) {
        return found;
      }
    }
  }

  private long find(Table t, long key) {
    long found = complete ? PostingIndex.NO_ROW : PostingIndex.UNSURE;
    try {
      long hash = Hash.mix(key);
      byte tag = tag(hash);
      int at = t.home(hash);
      for (byte there = t.tag(at); there != FREE; there = t.tag(at)) {
        if (there == tag) {
          long ordinal = t.ordinal(at);
          if (ordinal != found && rows.holds(ordinal, column, key)) {
            if (found >= 0) {
              return PostingIndex.UNSURE;
            }
            found = ordinal;
          }
        }
        at = t.next(at);
      }
      return found;
    } finally {
      Reference.reachabilityFence(t);
    }
  }

  /** Writer: a row has come to hold the key. Whether the table was built anew for it. */
  boolean add(long key, long ordinal) {
    if (ordinal > MAX_ORDINAL) {
      complete = false;
    }
    if (!complete) {
      return false;
    }
    Table t = table;
    if (10L * (used + 1) > 8L * t.capacity) {
      rebuild(); // from the rows, of which this one is
      return true;
    }
    t.put(Hash.mix(key), ordinal);
    live++;
    used++;
    return false;
  }

  /** Writer: the row no longer holds the key. */
  void remove(long key, long ordinal) {
    if (!complete) {
      return;
    }
    Table t = table;
    long hash = Hash.mix(key);
    byte tag = tag(hash);
    int at = t.home(hash);
    for (byte there = t.tag(at); there != FREE; there = t.tag(at)) {
      if (there == tag && t.ordinal(at) == ordinal) {
        t.release(at, GONE);
        live--;
        return;
      }
      at = t.next(at);
    }
  }

  /** Writer: builds the table from the rows, with room for a third more. */
  void rebuild() {
    long wanted = Math.max(MIN_CAPACITY, rows.rows() * 10 / 6 + 16);
    if (wanted > MAX_CAPACITY) {
      complete = false;
      return;
    }
    Table fresh;
    try {
      fresh = new Table((int) wanted);
    } catch (OutOfMemoryError e) {
      complete = false; // find then says that it cannot tell, and the caller has another way
      return;
    }
    int[] n = {0};
    rows.forEach(
        column,
        (ordinal, key) -> {
          if (ordinal > MAX_ORDINAL) {
            complete = false;
          } else {
            fresh.put(Hash.mix(key), ordinal);
            n[0]++;
          }
        });
    used = n[0];
    live = n[0];
    table = fresh;
  }

  /** The table for {@link #restore}; null where it is not complete. Not beside a writer. */
  ByteBuffer saved() {
    Table t = table;
    long bytes = SAVED_HEADER + (long) t.capacity * Table.SLOT_BYTES;
    if (!complete || bytes > MAX_SAVED) {
      return null;
    }
    ByteBuffer out = SideFile.room(bytes);
    if (out == null) {
      return null;
    }
    out.putInt(t.capacity).putInt(used).putInt(live).putInt(0).put(t.memory.duplicate().clear());
    return out.flip();
  }

  /** Writer: takes over a table that was saved; false where it is none for these rows. */
  boolean restore(ByteBuffer saved) {
    if (saved.remaining() < SAVED_HEADER) {
      return false;
    }
    int capacity = saved.getInt();
    int savedUsed = saved.getInt();
    int savedLive = saved.getInt();
    saved.getInt();
    if (capacity < MIN_CAPACITY
        || saved.remaining() != (long) capacity * Table.SLOT_BYTES
        || (capacity & 7) != 0
        || savedLive != rows.rows()
        || savedUsed < savedLive
        || savedUsed >= capacity) {
      return false;
    }
    Table t = new Table(capacity, saved.slice());
    if (!t.hasFree()) {
      return false; // a look-up would not end
    }
    used = savedUsed;
    live = savedLive;
    table = t;
    return true;
  }

  long bytes() {
    return (long) table.capacity * Table.SLOT_BYTES;
  }

  int live() {
    return live;
  }

  private static byte tag(long hash) {
    return (byte) (FIRST_TAG + (((hash & 0xFFFF) * TAGS) >>> 16));
  }

  private static final class Table {
    static final int SLOT_BYTES = 5;

    final int capacity;
    private final ByteBuffer memory;
    private final long tags;
    private final long ordinals;

    Table(int capacity) {
      this((capacity + 7) & -8, ByteBuffer.allocateDirect(((capacity + 7) & -8) * SLOT_BYTES));
    }

    Table(int capacity, ByteBuffer memory) {
      this.capacity = capacity;
      this.memory = memory;
      ordinals = BufferUtil.address(memory);
      tags = ordinals + 4L * this.capacity;
    }

    boolean hasFree() {
      int at = 0;
      while (at < capacity && tag(at) != FREE) {
        at++;
      }
      return at < capacity;
    }

    int home(long hash) {
      return (int) (((hash >>> 32) * capacity) >>> 32);
    }

    int next(int at) {
      return at + 1 == capacity ? 0 : at + 1;
    }

    byte tag(int at) {
      return UnsafeApi.getByteAcquire(null, tags + at);
    }

    long ordinal(int at) {
      return UnsafeApi.getInt(ordinals + 4L * at) & MAX_ORDINAL;
    }

    void release(int at, byte tag) {
      UnsafeApi.putByteRelease(null, tags + at, tag);
    }

    void put(long hash, long ordinal) {
      int at = home(hash);
      while (tag(at) != FREE) {
        at = next(at);
      }
      UnsafeApi.putInt(ordinals + 4L * at, (int) ordinal);
      release(at, KeyTable.tag(hash));
    }
  }
}
