package dev.quarry.internal.read;

import java.util.Arrays;

/** Bounds of key ranges. */
final class Ranges {
  private Ranges() {}

  /** The smallest key larger than this one. */
  static byte[] behind(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /** The larger of two lower bounds; null is none. */
  static byte[] larger(byte[] a, byte[] b) {
    return a == null || (b != null && Arrays.compareUnsigned(a, b) < 0) ? b : a;
  }

  /** The smaller of two upper bounds; null is none. */
  static byte[] smaller(byte[] a, byte[] b) {
    return a == null || (b != null && Arrays.compareUnsigned(a, b) > 0) ? b : a;
  }

  static byte[] inverted(byte[] bytes) {
    byte[] inverse = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      inverse[i] = (byte) ~bytes[i];
    }
    return inverse;
  }

  /** The id inside the sortable bytes of an order by id: between the tag and the terminator. */
  static byte[] idOf(byte[] sortable, boolean descending) {
    byte[] plain = descending ? inverted(sortable) : sortable;
    return Arrays.copyOfRange(plain, 1, plain.length - 2);
  }
}
