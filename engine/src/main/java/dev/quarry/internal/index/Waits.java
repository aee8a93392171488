package dev.quarry.internal.index;

import java.nio.ByteBuffer;

/**
 * What keeps a TODO task from being ready: the number of its dependencies that are not DONE, and
 * whether it is held back. 0 means ready and is not stored. Tasks of another status have none.
 */
public final class Waits {
  /** Set while the task is held back. */
  public static final int HELD = 1 << 30;

  private Waits() {}

  /** The stored form; null for a task that waits for nothing. */
  public static byte[] encode(int waits) {
    return waits == 0 ? null : ByteBuffer.allocate(Integer.BYTES).putInt(waits).array();
  }

  /** Reads the stored form; null is 0. */
  public static int decode(byte[] value) {
    return value == null ? 0 : ByteBuffer.wrap(value).getInt();
  }

  /** The dependencies that are not DONE. */
  public static int open(int waits) {
    return waits & ~HELD;
  }
}
