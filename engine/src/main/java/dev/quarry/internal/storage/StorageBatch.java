package dev.quarry.internal.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Writes that become visible together. Not thread-safe; owned by the one committer.
 *
 * <p>The batch is laid out here, in the serialized form that RocksDB documents in {@code
 * write_batch.cc} and takes in {@link WriteBatch#WriteBatch(byte[])}: sequence (8 bytes, filled in
 * by RocksDB), count (4), then for each write a tag, the family's number and length-prefixed key
 * and value. So a commit crosses into native code once, instead of once for each of its dozen or so
 * entries a task.
 *
 * <p>The writes are given to RocksDB in the order of their keys, family by family; those of one key
 * in the order in which they were made. A memtable takes neighbours in turn far more cheaply than
 * keys from all over it. A batch with the deletion of a range, whose place among the other writes
 * matters, stays as it was made.
 */
public final class StorageBatch implements AutoCloseable {
  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;
  private static final int MAX_VARINT_BYTES = 5;

  /** Above this many bytes or writes, {@link #clear} gives the memory back. */
  private static final int KEPT = 4 << 20;

  // ValueType of db/dbformat.h: with a family's number, and without for the default family
  private static final byte DELETE = 0x0;
  private static final byte PUT = 0x1;
  private static final byte FAMILY_DELETE = 0x4;
  private static final byte FAMILY_PUT = 0x5;
  private static final byte FAMILY_DELETE_RANGE = 0xE;
  private static final byte DELETE_RANGE = 0xF;

  /** What a tag says. */
  enum Kind {
    PUT,
    DELETE,
    DELETE_RANGE,
    OTHER
  }

  private static final byte[] NOTHING = {};

  private final Storage storage;
  private final KeyOrder order = new KeyOrder();

  /** The keys and values, each entry's one behind the other. */
  private byte[] bytes = new byte[4 << 10];

  private int byteCount;

  /** Where each entry's key begins, and how long its key and value are. */
  private int[] starts = new int[16];

  private int[] keyLengths = new int[16];
  private int[] valueLengths = new int[16];
  private byte[] tags = new byte[16];
  private int[] numbers = new int[16];
  private int count;
  private int laidOut = HEADER_BYTES;
  private boolean ranges;

  StorageBatch(Storage storage) {
    this.storage = storage;
  }

  /** Adds a put. */
  public void put(Family family, byte[] key, byte[] value) {
    add(family, FAMILY_PUT, PUT, key, value);
  }

  /** Adds a delete. */
  public void delete(Family family, byte[] key) {
    add(family, FAMILY_DELETE, DELETE, key, NOTHING);
  }

  /** Adds the deletion of all keys {@code >= from} and {@code < to}. */
  public void deleteRange(Family family, byte[] from, byte[] to) {
    add(family, FAMILY_DELETE_RANGE, DELETE_RANGE, from, to);
    ranges = true;
  }

  private void add(Family family, byte tag, byte defaultTag, byte[] key, byte[] value) {
    long needed = (long) laidOut + 1 + 3 * MAX_VARINT_BYTES + key.length + value.length;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("a batch holds at most 2 GiB; commit it in smaller parts");
    }
    reserve(key.length + value.length);
    int number = storage.number(family);
    numbers[count] = number;
    tags[count] = number == 0 ? defaultTag : tag;
    starts[count] = byteCount;
    keyLengths[count] = key.length;
    valueLengths[count] = value.length;
    System.arraycopy(key, 0, bytes, byteCount, key.length);
    byteCount += key.length;
    System.arraycopy(value, 0, bytes, byteCount, value.length);
    byteCount += value.length;
    laidOut += laidOut(count++);
  }

  private int laidOut(int entry) {
    int length = 1 + (numbers[entry] == 0 ? 0 : varintBytes(numbers[entry]));
    length += varintBytes(keyLengths[entry]) + keyLengths[entry];
    return hasValue(tags[entry])
        ? length + varintBytes(valueLengths[entry]) + valueLengths[entry]
        : length;
  }

  private void reserve(int payload) {
    if (bytes.length - byteCount < payload) {
      long doubled = 2L * (byteCount + (long) payload);
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, doubled));
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      keyLengths = Arrays.copyOf(keyLengths, 2 * count);
      valueLengths = Arrays.copyOf(valueLengths, 2 * count);
      tags = Arrays.copyOf(tags, 2 * count);
      numbers = Arrays.copyOf(numbers, 2 * count);
    }
  }

  /** The batch for RocksDB; the caller closes it. */
  WriteBatch toNative() throws RocksDBException {
    byte[] out = new byte[laidOut];
    ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN).putInt(COUNT_OFFSET, count);
    int[] sorted = ranges ? null : order.of(numbers, bytes, starts, keyLengths, count);
    int at = HEADER_BYTES;
    for (int i = 0; i < count; i++) {
      at = layOut(sorted == null ? i : sorted[i], out, at);
    }
    return new WriteBatch(out);
  }

  private int layOut(int entry, byte[] out, int from) {
    int at = from;
    out[at++] = tags[entry];
    if (numbers[entry] != 0) {
      at = putVarint(numbers[entry], out, at);
    }
    int start = starts[entry];
    int keyLength = keyLengths[entry];
    at = putVarint(keyLength, out, at);
    System.arraycopy(bytes, start, out, at, keyLength);
    at += keyLength;
    if (hasValue(tags[entry])) {
      at = putVarint(valueLengths[entry], out, at);
      System.arraycopy(bytes, start + keyLength, out, at, valueLengths[entry]);
      at += valueLengths[entry];
    }
    return at;
  }

  private static boolean hasValue(byte tag) {
    return kind(tag) != Kind.DELETE;
  }

  private static int varintBytes(int value) {
    return Math.max(1, (38 - Integer.numberOfLeadingZeros(value)) / 7);
  }

  private static int putVarint(int value, byte[] out, int from) {
    int at = from;
    int rest = value;
    while (rest >>> 7 != 0) {
      out[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[at++] = (byte) rest;
    return at;
  }

  static boolean hasFamily(int tag) {
    return tag == FAMILY_PUT || tag == FAMILY_DELETE || tag == FAMILY_DELETE_RANGE;
  }

  static Kind kind(int tag) {
    return switch (tag) {
      case PUT, FAMILY_PUT -> Kind.PUT;
      case DELETE, FAMILY_DELETE -> Kind.DELETE;
      case DELETE_RANGE, FAMILY_DELETE_RANGE -> Kind.DELETE_RANGE;
      default -> Kind.OTHER;
    };
  }

  /** How long it is as RocksDB takes it. */
  public int sizeBytes() {
    return laidOut;
  }

  /** Empties the batch; lets go of the memory of an unusually large one. */
  public void clear() {
    if (bytes.length > KEPT) {
      release();
    }
    byteCount = 0;
    count = 0;
    laidOut = HEADER_BYTES;
    ranges = false;
  }

  private void release() {
    bytes = new byte[4 << 10];
    starts = new int[16];
    keyLengths = new int[16];
    valueLengths = new int[16];
    tags = new byte[16];
    numbers = new int[16];
    order.clear();
  }

  @Override
  public void close() {
    clear();
    release();
  }
}
