package dev.quarry.internal.storage;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A write batch as a write-ahead log holds it: the form that {@link StorageBatch} lays out.
 *
 * @param sequence RocksDB's number of its first write
 * @param count writes
 * @param body the writes
 */
record LoggedBatch(long sequence, int count, ByteBuffer body) {
  private static final int HEADER_BYTES = 12;

  /** Receives the writes of a batch, in their order. */
  interface Sink {
    void put(int family, byte[] key, byte[] value);

    void delete(int family, byte[] key);

    void deleteRange(int family, byte[] from, byte[] to);
  }

  /** The batch of a log's record, or null where it is none. */
  static LoggedBatch of(byte[] payload) {
    if (payload.length < HEADER_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    long sequence = in.getLong();
    int count = in.getInt();
    return new LoggedBatch(sequence, count, in.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Feeds the writes to {@code sink}; false where the batch has a form that is not known. */
  boolean forEach(Sink sink) {
    ByteBuffer in = body.duplicate();
    try {
      while (in.hasRemaining()) {
        int tag = in.get();
        int family = StorageBatch.hasFamily(tag) ? varint(in) : 0;
        switch (StorageBatch.kind(tag)) {
          case PUT -> sink.put(family, part(in), part(in));
          case DELETE -> sink.delete(family, part(in));
          case DELETE_RANGE -> sink.deleteRange(family, part(in), part(in));
          case OTHER -> {
            return false;
          }
        }
      }
      return true;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return false;
    }
  }

  private static byte[] part(ByteBuffer in) {
    int length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("a length goes beyond the batch: " + length);
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }

  private static int varint(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte b = in.get();
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a length has no end");
  }
}
