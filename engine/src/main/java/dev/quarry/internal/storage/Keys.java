package dev.quarry.internal.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

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

  /** An id's key. */
  public static byte[] id(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }
}
