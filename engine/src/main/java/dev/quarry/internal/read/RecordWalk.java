package dev.quarry.internal.read;

import dev.quarry.internal.storage.StorageIterator;
import java.nio.ByteBuffer;

/**
 * A walk over records whose values come into one buffer in direct memory, which spares an array a
 * record. Not thread-safe. Close it.
 */
final class RecordWalk implements AutoCloseable {
  private static final int USUAL = 4 << 10;

  private final StorageIterator iterator;
  private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);
  private ByteBuffer value = ByteBuffer.allocateDirect(USUAL);
  private boolean started;

  RecordWalk(StorageIterator iterator) {
    this.iterator = iterator;
  }

  /** The next record, good until the next call; null at the end. */
  ByteBuffer next() {
    if (started) {
      iterator.next();
    } else {
      iterator.first();
      started = true;
    }
    if (!iterator.isValid()) {
      return null;
    }
    int size = iterator.value(value);
    if (size > value.capacity()) {
      value = ByteBuffer.allocateDirect((int) Math.min(Integer.MAX_VALUE - 8, size * 2L));
      iterator.value(value);
    }
    return value;
  }

  /** The ordinal of the record that {@link #next} gave. */
  long ordinal() {
    iterator.key(key);
    return key.getLong(0);
  }

  @Override
  public void close() {
    iterator.close();
  }
}
