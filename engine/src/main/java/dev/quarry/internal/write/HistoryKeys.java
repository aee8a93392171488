package dev.quarry.internal.write;

import dev.quarry.internal.storage.Keys;
import java.nio.ByteBuffer;

/** Keys of the history and past families. */
final class HistoryKeys {
  private HistoryKeys() {}

  /** The state of a task before a commit. */
  static byte[] before(long ordinal, long sequence) {
    return ByteBuffer.allocate(2 * Long.BYTES).putLong(ordinal).putLong(sequence).array();
  }

  static long sequence(byte[] key) {
    return ByteBuffer.wrap(key).getLong(Long.BYTES);
  }

  /** A removed task of an id; ids have no control characters, so the zero byte ends them. */
  static byte[] past(String id, long ordinal) {
    byte[] prefix = past(id);
    return ByteBuffer.allocate(prefix.length + Long.BYTES).put(prefix).putLong(ordinal).array();
  }

  /** What the keys of all removed tasks of an id begin with. */
  static byte[] past(String id) {
    byte[] bytes = Keys.id(id);
    return ByteBuffer.allocate(bytes.length + 1).put(bytes).put((byte) 0).array();
  }

  static long pastOrdinal(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }
}
