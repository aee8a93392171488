package dev.quarry.internal.read;

import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.ByteBuffer;

/** A key and a record in direct memory, which RocksDB fills without a copy on the heap. */
final class ReadBuffers {
  private static final int USUAL = 4 << 10;

  /** Larger records get a buffer of their own, which is dropped. */
  private static final int MOST_KEPT = 256 << 10;

  private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);
  private ByteBuffer value = ByteBuffer.allocateDirect(USUAL);

  /** The record of an ordinal, good until the next call; null where it is absent. */
  ByteBuffer read(Storage storage, long ordinal, StorageSnapshot at) {
    ByteBuffer into = value;
    while (true) {
      key.clear();
      key.putLong(ordinal).flip();
      into.clear();
      int size = storage.get(Family.RECORDS, key, into, at);
      if (size < 0) {
        return null;
      }
      if (size <= into.capacity()) {
        return into.position(0).limit(size);
      }
      // the record may have been replaced by a larger one between two attempts
      into = ByteBuffer.allocateDirect(Math.max(size, (int) Math.min(MOST_KEPT, size * 2L)));
      if (into.capacity() <= MOST_KEPT) {
        value = into;
      }
    }
  }
}
