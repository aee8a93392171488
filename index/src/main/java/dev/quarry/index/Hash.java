package dev.quarry.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Hashes of numbers and of terms. In files only as parts of a {@link ContentSum}: to change one is
 * to change the format of the {@link StateFile}.
 */
final class Hash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Hash() {}

  /** Spreads a number over 64 bits (the finalizer of SplitMix64). */
  static long mix(long value) {
    long h = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    h = (h ^ h >>> 27) * 0x94D049BB133111EBL;
    return h ^ h >>> 31;
  }

  /** A non-zero hash of a term. */
  static long term(int field, byte[] bytes, int start, int length) {
    long h = mix(field * 0x9E3779B97F4A7C15L + length);
    int at = start;
    int end = start + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      h = mix(h ^ (long) LONGS.get(bytes, at));
    }
    long rest = 0;
    for (; at < end; at++) {
      rest = rest << 8 | (bytes[at] & 0xFF);
    }
    h = mix(h ^ rest);
    return h == 0 ? 1 : h;
  }
}
