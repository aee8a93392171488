package dev.quarry.internal.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Keys of numbers and of ids. */
public final class Keys {
  private Keys() {}

  /** A number as 8 bytes, big-endian; order is kept for numbers that are not negative. */
  public static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  /** The number behind {@link #number(long)}. */
  public static long number(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }

  /**
   * An id's key: its UTF-8, with three bytes for each unpaired surrogate. No task's id has one, but
   * whoever looks for a task may name one, as may a dependency; in its place Java puts a question
   * mark, which leads to another task.
   */
  public static byte[] id(String id) {
    for (int i = 0; i < id.length(); i++) {
      if (Character.isSurrogate(id.charAt(i))) {
        return exact(id);
      }
    }
    return id.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] exact(String id) {
    ByteBuffer out = ByteBuffer.allocate(3 * id.length());
    for (int i = 0; i < id.length(); ) {
      int point = id.codePointAt(i);
      int end = i + Character.charCount(point);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        out.put((byte) (0xE0 | (point >> 12)));
        out.put((byte) (0x80 | ((point >> 6) & 0x3F)));
        out.put((byte) (0x80 | (point & 0x3F)));
      } else {
        out.put(id.substring(i, end).getBytes(StandardCharsets.UTF_8));
      }
      i = end;
    }
    return Arrays.copyOf(out.array(), out.position());
  }
}
