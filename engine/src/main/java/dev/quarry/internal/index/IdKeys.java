package dev.quarry.internal.index;

import java.nio.charset.StandardCharsets;

/**
 * Ids as numbers, for the index's key column.
 *
 * <p>Most ids are a few characters and a number, and such an id fits whole: the digits at its end
 * as their number and how many they are, what stands before as a number in base {@value #BASE}. No
 * two ids give the same such key, so a row that holds it is the row of that id and of no other.
 * Other ids give a hash with the highest bit set: a row that holds it may be another id's, and
 * whoever finds it asks the record. So what is found is exact in either case.
 */
public final class IdKeys {
  private static final int DIGITS_MAX = 15;
  private static final int NUMBER_BITS = 59;
  private static final long NUMBER_LIMIT = 1L << NUMBER_BITS;
  private static final int BASE = 67;

  /** A prefix above this is too large with one more character, and stays within a long. */
  private static final long MOST_TO_EXTEND = NUMBER_LIMIT / BASE;

  /** Of a whole id: 59 bits hold at most ten characters before the digits. */
  private static final int LENGTH_MAX = DIGITS_MAX + 10;

  private static final String CHARACTERS =
      " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";

  private static final long NOT_WHOLE = Long.MIN_VALUE;

  private IdKeys() {}

  /** The key of an id. */
  public static long of(String id) {
    int end = id.length();
    int start = end;
    while (start > 0 && end - start < DIGITS_MAX && isDigit(id.charAt(start - 1))) {
      start--;
    }
    long number = 0;
    long power = 1;
    for (int i = start; i < end; i++) {
      number = number * 10 + (id.charAt(i) - '0');
      power *= 10;
    }
    long prefix = 0;
    for (int i = 0; i < start; i++) {
      int code = code(id.charAt(i));
      if (code == 0 || prefix > MOST_TO_EXTEND) {
        return hash(id);
      }
      prefix = prefix * BASE + code;
    }
    long scaled = prefix * power;
    return Math.multiplyHigh(prefix, power) == 0 && scaled >= 0 && scaled < NUMBER_LIMIT - number
        ? ((long) (end - start) << NUMBER_BITS) | (scaled + number)
        : hash(id);
  }

  /** The id that a whole key stands for. */
  public static String id(long key) {
    int digits = (int) (key >>> NUMBER_BITS);
    long rest = key & (NUMBER_LIMIT - 1);
    byte[] id = new byte[LENGTH_MAX];
    int at = id.length;
    for (int i = 0; i < digits; i++) {
      id[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    for (; rest > 0; rest /= BASE) {
      id[--at] = (byte) CHARACTERS.charAt((int) (rest % BASE));
    }
    return new String(id, at, id.length - at, StandardCharsets.ISO_8859_1);
  }

  /** Whether the key stands for one id only. */
  public static boolean isWhole(long key) {
    return (key & NOT_WHOLE) == 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** 1 to {@link #BASE} - 1, so that a longer prefix never equals a shorter one; 0 for others. */
  private static int code(char c) {
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 1;
    } else if (c >= 'A' && c <= 'Z') {
      return c - 'A' + 27;
    } else if (isDigit(c)) {
      return c - '0' + 53;
    }
    return switch (c) {
      case '-' -> 63;
      case '_' -> 64;
      case '.' -> 65;
      case '/' -> 66;
      default -> 0;
    };
  }

  private static long hash(String id) {
    long h = id.length();
    for (int i = 0; i < id.length(); i++) {
      h = (h ^ id.charAt(i)) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 29;
    }
    return h | NOT_WHOLE;
  }
}
