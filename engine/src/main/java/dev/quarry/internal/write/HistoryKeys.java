package dev.quarry.internal.write;

import dev.quarry.internal.storage.Keys;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Keys of the history and past families. */
final class HistoryKeys {
  private static final byte ARCHIVED = 1;

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

  /** Whether removed tasks of an id can be looked for: the keys of others' may begin as its own. */
  static boolean hasPast(String id) {
    return id.chars().noneMatch(Character::isISOControl);
  }

  /** What the keys of all removed tasks of an id begin with. */
  static byte[] past(String id) {
    byte[] bytes = Keys.id(id);
    return ByteBuffer.allocate(bytes.length + 1).put(bytes).put((byte) 0).array();
  }

  /** What the archive held under an id before a commit; no id begins with the byte 1. */
  static byte[] archived(long sequence, byte[] id) {
    return ByteBuffer.allocate(1 + Long.BYTES + id.length)
        .put(ARCHIVED)
        .putLong(sequence)
        .put(id)
        .array();
  }

  /** The first key of removed tasks, behind all that tell of the archive. */
  static byte[] firstPast() {
    return new byte[] {ARCHIVED + 1};
  }

  /** The id in a key of the archive's past. */
  static byte[] archivedId(byte[] key) {
    return Arrays.copyOfRange(key, 1 + Long.BYTES, key.length);
  }

  static long pastOrdinal(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }
}
