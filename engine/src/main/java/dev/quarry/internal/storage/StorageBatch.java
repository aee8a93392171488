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
 */
public final class StorageBatch implements AutoCloseable {
  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;
  private static final int MAX_VARINT_BYTES = 5;

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

  private final Storage storage;
  private byte[] bytes = new byte[4 << 10];
  private int size = HEADER_BYTES;
  private int count;

  StorageBatch(Storage storage) {
    this.storage = storage;
  }

  /** Adds a put. */
  public void put(Family family, byte[] key, byte[] value) {
    begin(family, FAMILY_PUT, PUT, key.length + value.length);
    append(key);
    append(value);
  }

  /** Adds a delete. */
  public void delete(Family family, byte[] key) {
    begin(family, FAMILY_DELETE, DELETE, key.length);
    append(key);
  }

  /** Adds the deletion of all keys {@code >= from} and {@code < to}. */
  public void deleteRange(Family family, byte[] from, byte[] to) {
    begin(family, FAMILY_DELETE_RANGE, DELETE_RANGE, from.length + to.length);
    append(from);
    append(to);
  }

  private void begin(Family family, byte tag, byte defaultTag, int payload) {
    long needed = (long) size + 1 + 3 * MAX_VARINT_BYTES + payload;
    if (needed > bytes.length) {
      if (needed > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException(
            "a batch holds at most 2 GiB; commit it in smaller parts");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, needed * 2));
    }
    int number = storage.number(family);
    if (number == 0) {
      bytes[size++] = defaultTag;
    } else {
      bytes[size++] = tag;
      appendVarint(number);
    }
    count++;
  }

  private void append(byte[] part) {
    appendVarint(part.length);
    System.arraycopy(part, 0, bytes, size, part.length);
    size += part.length;
  }

  private void appendVarint(int value) {
    int rest = value;
    while (rest >>> 7 != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** The batch for RocksDB; the caller closes it. */
  WriteBatch toNative() throws RocksDBException {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(COUNT_OFFSET, count);
    return new WriteBatch(Arrays.copyOf(bytes, size));
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

  int sizeBytes() {
    return size;
  }

  /** Empties the batch; lets go of the memory of an unusually large one. */
  public void clear() {
    if (bytes.length > 4 << 20) {
      bytes = new byte[4 << 10];
    }
    Arrays.fill(bytes, 0, HEADER_BYTES, (byte) 0);
    size = HEADER_BYTES;
    count = 0;
  }

  @Override
  public void close() {
    bytes = new byte[HEADER_BYTES];
    clear();
  }
}
