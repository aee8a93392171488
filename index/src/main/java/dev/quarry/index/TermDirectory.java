package dev.quarry.index;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

/**
 * The dictionary of terms: field and value bytes to a record in off-heap memory, and the number of
 * a term to the same record. A record is written whole before it is published, and neither moves
 * nor goes away while the index is open, so that readers need no version check; only its
 * cardinality and its span of blocks change, each in one aligned store. One writer, no locks.
 */
final class TermDirectory {
  /** Low half of the key of a term's record; no block has this number. */
  static final long RECORD = 0xFFFF_FFFFL;

  private static final int CARDINALITY = 0;
  private static final int TERM_ID = 8;
  private static final int FIELD = 12;
  private static final int MIN_BLOCK = 16;
  private static final int MAX_BLOCK = 20;
  private static final int LENGTH = 24;
  private static final int PREVIOUS = 28;
  static final int BYTES = 32;

  /** Slots, whose bytes are those of one buffer. */
  private static final int MOST = 1 << 26;

  private static final int BYTE_ARRAY_BASE = UnsafeApi.arrayBaseOffset(byte[].class);

  private final EntrySpace space;
  private volatile Table table = new Table(1024);
  private volatile AtomicIntegerArray lastOfField = new AtomicIntegerArray(64);
  private long withOrdinals;

  /** Of all terms; see {@link ContentSum}. */
  private long sum;

  TermDirectory(EntrySpace space) {
    this.space = space;
  }

  /** Address of the term's record, or 0. */
  long find(int field, byte[] bytes, int start, int length) {
    Table t = table;
    try {
      long hash = Hash.term(field, bytes, start, length);
      long mask = t.capacity - 1L;
      for (long at = hash & mask; ; at = (at + 1) & mask) {
        long slot = t.slots + (at << 4);
        long found = UnsafeApi.getLongAcquire(null, slot);
        if (found == 0) {
          return 0;
        }
        if (found == hash) {
          long record = UnsafeApi.getLong(slot + Long.BYTES);
          if (matches(record, field, bytes, start, length)) {
            return record;
          }
        }
      }
    } finally {
      Reference.reachabilityFence(t);
    }
  }

  private static boolean matches(long record, int field, byte[] bytes, int start, int length) {
    if (UnsafeApi.getInt(record + FIELD) != field || UnsafeApi.getInt(record + LENGTH) != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (UnsafeApi.getByte(record + BYTES + i) != bytes[start + i]) {
        return false;
      }
    }
    return true;
  }

  /** Address of the record of the term with this number, or 0. */
  long byId(int termId) {
    Table t = table;
    try {
      return termId <= 0 || termId >= t.capacity
          ? 0
          : UnsafeApi.getLongAcquire(null, t.ids + ((long) termId << 3));
    } finally {
      Reference.reachabilityFence(t);
    }
  }

  /** Address of the term's record, which is created where it is absent. */
  long intern(int field, byte[] bytes, int start, int length) {
    long record = find(field, bytes, start, length);
    if (record != 0) {
      return record;
    }
    int termId = table.count + 1;
    byte[] value = new byte[BYTES + length];
    System.arraycopy(bytes, start, value, BYTES, length);
    record = space.insert((long) termId << 32 | RECORD, value);
    UnsafeApi.putInt(record + TERM_ID, termId);
    UnsafeApi.putInt(record + FIELD, field);
    UnsafeApi.putInt(record + MAX_BLOCK, -1);
    UnsafeApi.putInt(record + LENGTH, length);
    publish(record);
    return record;
  }

  /**
   * Takes in a record that was found in a file; false where it cannot be one of so many at most:
   * their numbers have no gaps, and the highest says how large the table gets.
   */
  boolean adopt(long key, long record, long bytes, long most) {
    if (bytes < BYTES) {
      return false; // what lies behind may be no memory
    }
    int length = UnsafeApi.getInt(record + LENGTH);
    int field = UnsafeApi.getInt(record + FIELD);
    int termId = UnsafeApi.getInt(record + TERM_ID);
    if (length < 0
        || length + BYTES != bytes
        || field < 0
        || field >= Limits.FIELDS
        || termId <= 0
        || termId != key >>> 32
        || termId > most
        || byId(termId) != 0) {
      return false;
    }
    UnsafeApi.putLong(record + CARDINALITY, 0);
    UnsafeApi.putInt(record + MIN_BLOCK, 0);
    UnsafeApi.putInt(record + MAX_BLOCK, -1);
    publish(record);
    return true;
  }

  private void publish(long record) {
    int field = UnsafeApi.getInt(record + FIELD);
    int termId = UnsafeApi.getInt(record + TERM_ID);
    AtomicIntegerArray heads = lastOfField;
    if (field >= heads.length()) {
      heads = grownHeads(heads, field);
      lastOfField = heads;
    }
    UnsafeApi.putInt(record + PREVIOUS, heads.get(field));
    Table t = table;
    int needed = Math.max(termId, t.count + 1);
    if (2L * (needed + 1) > t.capacity) {
      t = t.grown(needed);
    }
    long hash = hash(record);
    t.put(hash, record, termId);
    sum += ContentSum.term(hash, termId);
    table = t;
    heads.set(field, termId);
  }

  private static AtomicIntegerArray grownHeads(AtomicIntegerArray heads, int field) {
    AtomicIntegerArray grown = new AtomicIntegerArray(Integer.highestOneBit(field) << 1);
    for (int i = 0; i < heads.length(); i++) {
      grown.set(i, heads.get(i));
    }
    return grown;
  }

  private static long hash(long record) {
    byte[] bytes = value(record);
    return Hash.term(UnsafeApi.getInt(record + FIELD), bytes, 0, bytes.length);
  }

  /** A copy of the value bytes. */
  static byte[] value(long record) {
    byte[] bytes = new byte[UnsafeApi.getInt(record + LENGTH)];
    UnsafeApi.copyMemory(null, record + BYTES, bytes, BYTE_ARRAY_BASE, bytes.length);
    return bytes;
  }

  static int termId(long record) {
    return UnsafeApi.getInt(record + TERM_ID);
  }

  static long cardinality(long record) {
    return UnsafeApi.getLongAcquire(null, record + CARDINALITY);
  }

  /** The lowest block that has ever had a member. */
  static int minBlock(long record) {
    return UnsafeApi.getIntAcquire(null, record + MIN_BLOCK);
  }

  /** The highest block that has ever had a member, or -1. */
  static int maxBlock(long record) {
    return UnsafeApi.getIntAcquire(null, record + MAX_BLOCK);
  }

  /** Writer: the term is about to have members in the block. */
  static void widen(long record, int block) {
    int max = UnsafeApi.getInt(record + MAX_BLOCK);
    if (max < 0 || block < UnsafeApi.getInt(record + MIN_BLOCK)) {
      UnsafeApi.putIntRelease(null, record + MIN_BLOCK, block);
    }
    if (block > max) {
      UnsafeApi.putIntRelease(null, record + MAX_BLOCK, block);
    }
  }

  /** Writer: changes the number of members. */
  void addCardinality(long record, int change) {
    long old = UnsafeApi.getLong(record + CARDINALITY);
    UnsafeApi.putLongRelease(null, record + CARDINALITY, old + change);
    if (old == 0 && change > 0) {
      withOrdinals++;
    } else if (old > 0 && old + change == 0) {
      withOrdinals--;
    }
  }

  /** The number of the field's newest term, or 0; {@link #previous} leads to the older ones. */
  int lastOfField(int field) {
    AtomicIntegerArray heads = lastOfField;
    return field >= 0 && field < heads.length() ? heads.get(field) : 0;
  }

  /** The numbers of the field's newest terms, newest first, at most so many. */
  int[] ofField(int field, int most) {
    int[] ids = new int[16];
    int n = 0;
    for (int id = lastOfField(field); id != 0 && n < most; id = previous(byId(id))) {
      if (n == ids.length) {
        ids = Arrays.copyOf(ids, 2 * n);
      }
      ids[n++] = id;
    }
    return Arrays.copyOf(ids, n);
  }

  /** As {@link PostingIndex#cardinalities}. */
  void cardinalities(int[] termIds, long[] out) {
    for (int i = 0; i < termIds.length; i++) {
      long record = byId(termIds[i]);
      out[i] = record == 0 ? 0 : cardinality(record);
    }
  }

  static int previous(long record) {
    return UnsafeApi.getInt(record + PREVIOUS);
  }

  /** What all terms add to the sum of the contents. */
  long sum() {
    return sum;
  }

  long withOrdinals() {
    return withOrdinals;
  }

  /** The number of terms, with ordinals or without. */
  int count() {
    return table.count;
  }

  long bytes() {
    return table.memory.capacity();
  }

  /** Slots of hash and record, then the records by number; capacity is twice the terms at least. */
  private static final class Table {
    final ByteBuffer memory;
    final long slots;
    final long ids;
    final int capacity;
    int count;

    Table(int capacity) {
      if (capacity > MOST) {
        throw new IllegalStateException(
            "index has more terms than a directory can hold; limit=" + MOST / 2);
      }
      this.capacity = capacity;
      memory = ByteBuffer.allocateDirect(24 * capacity);
      slots = BufferUtil.address(memory);
      ids = slots + 16L * capacity;
    }

    void put(long hash, long record, int termId) {
      long mask = capacity - 1L;
      long at = hash & mask;
      while (UnsafeApi.getLong(slots + (at << 4)) != 0) {
        at = (at + 1) & mask;
      }
      UnsafeApi.putLong(slots + (at << 4) + Long.BYTES, record);
      UnsafeApi.putLongRelease(null, slots + (at << 4), hash);
      UnsafeApi.putLongRelease(null, ids + ((long) termId << 3), record);
      count++;
    }

    Table grown(int needed) {
      int larger = capacity;
      while (2L * (needed + 1) > larger) {
        larger <<= 1;
      }
      Table copy = new Table(larger);
      for (long slot = slots; slot < ids; slot += 16) {
        long hash = UnsafeApi.getLong(slot);
        if (hash != 0) {
          long record = UnsafeApi.getLong(slot + Long.BYTES);
          copy.put(hash, record, termId(record));
        }
      }
      return copy;
    }
  }
}
