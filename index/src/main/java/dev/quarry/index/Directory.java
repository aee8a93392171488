package dev.quarry.index;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

/**
 * Where the entries are: an open-addressing hash from a non-zero key to a memory address, in direct
 * memory. One writer; readers take no lock.
 *
 * <p>Within a table a slot's key is written once and never changes; an address of 0 says absent. An
 * insertion writes the address before it releases the key, a change of address is one release
 * store. A full table is copied into a larger one that is published by one volatile store; readers
 * of the old one finish on it, and it is freed by the garbage collector when none is left. (Not
 * final, so that a test can let things happen between a look-up and the read that follows.)
 */
class Directory {
  private static final int SLOT_SHIFT = 4;
  private static final int ADDRESS = 8;

  /** Slots, whose bytes are those of one buffer. */
  private static final int MOST = 1 << 26;

  private volatile Table table;
  private int used;
  private int live;

  Directory(int expected) {
    table = new Table(capacityFor(expected));
  }

  /** The address under the key, or 0. */
  long find(long key) {
    Table t = table;
    try {
      long slot = t.slot(key);
      // a free slot may be taken by another key between the two reads
      return UnsafeApi.getLongAcquire(null, slot) == key
          ? UnsafeApi.getLongAcquire(null, slot + ADDRESS)
          : 0;
    } finally {
      Reference.reachabilityFence(t);
    }
  }

  /** Sets the address under the key. */
  void put(long key, long address) {
    Table t = table;
    long slot = t.slot(key);
    if (UnsafeApi.getLong(slot) == key) {
      live += UnsafeApi.getLong(slot + ADDRESS) == 0 ? 1 : 0;
      UnsafeApi.putLongRelease(null, slot + ADDRESS, address);
      return;
    }
    if (10L * (used + 1) > 6L * t.capacity) {
      t = rebuild(t);
      slot = t.slot(key);
    }
    UnsafeApi.putLong(slot + ADDRESS, address);
    UnsafeApi.putLongRelease(null, slot, key);
    used++;
    live++;
  }

  /** Makes the key absent. */
  void remove(long key) {
    long slot = table.slot(key);
    if (UnsafeApi.getLong(slot) == key && UnsafeApi.getLong(slot + ADDRESS) != 0) {
      UnsafeApi.putLongRelease(null, slot + ADDRESS, 0);
      live--;
    }
  }

  int live() {
    return live;
  }

  long bytes() {
    return (long) table.capacity << SLOT_SHIFT;
  }

  /** Receives entries. */
  interface Visitor {
    /** One present entry. */
    void entry(long key, long address);
  }

  /** Writer: visits the present entries, in no order. */
  void forEach(Visitor visitor) {
    Table t = table;
    try {
      long end = t.base + ((long) t.capacity << SLOT_SHIFT);
      for (long slot = t.base; slot < end; slot += 1 << SLOT_SHIFT) {
        long address = UnsafeApi.getLong(slot + ADDRESS);
        if (address != 0) {
          visitor.entry(UnsafeApi.getLong(slot), address);
        }
      }
    } finally {
      Reference.reachabilityFence(t);
    }
  }

  private Table rebuild(Table old) {
    Table grown = new Table(capacityFor(live + live / 4 + 16));
    long end = old.base + ((long) old.capacity << SLOT_SHIFT);
    for (long from = old.base; from < end; from += 1 << SLOT_SHIFT) {
      long address = UnsafeApi.getLong(from + ADDRESS);
      if (address != 0) {
        long key = UnsafeApi.getLong(from);
        long to = grown.slot(key);
        UnsafeApi.putLong(to, key);
        UnsafeApi.putLong(to + ADDRESS, address);
      }
    }
    used = live;
    table = grown;
    return grown;
  }

  private static int capacityFor(int entries) {
    int capacity = 64;
    while (capacity * 5L < entries * 10L) {
      capacity <<= 1;
    }
    return capacity;
  }

  private static final class Table {
    private final ByteBuffer memory;
    final long base;
    final int capacity;

    Table(int capacity) {
      if (capacity > MOST) {
        throw new IllegalStateException(
            "index has more parts of posting lists than a directory can hold; limitSlots=" + MOST);
      }
      this.capacity = capacity;
      memory = ByteBuffer.allocateDirect(capacity << SLOT_SHIFT);
      base = BufferUtil.address(memory);
    }

    /** The slot of the key, or the free slot where it belongs. */
    long slot(long key) {
      long mask = capacity - 1L;
      long at = Hash.mix(key) & mask;
      while (true) {
        long slot = base + (at << SLOT_SHIFT);
        long found = UnsafeApi.getLongAcquire(null, slot);
        if (found == key || found == 0) {
          return slot;
        }
        at = (at + 1) & mask;
      }
    }
  }
}
