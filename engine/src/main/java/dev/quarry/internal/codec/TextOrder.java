package dev.quarry.internal.codec;

import java.nio.charset.StandardCharsets;

/**
 * Texts in the order of their code points, and as bytes whose unsigned order is the same. An
 * unpaired surrogate counts as the code point of its own number and becomes the three bytes that
 * UTF-8 would give it; so different texts always have different bytes, which {@link
 * String#getBytes} does not grant.
 */
public final class TextOrder {
  private static final char REPLACEMENT = '\uFFFD';

  private TextOrder() {}

  /** Compares by code point. */
  public static int compare(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        if (x < Character.MIN_SURROGATE || y < Character.MIN_SURROGATE) {
          return x - y;
        }
        return compareAt(a, b, i);
      }
    }
    // a high surrogate at the end of the shorter is less than any pair that it begins
    return a.length() - b.length();
  }

  /** Compares the code points around the first chars that differ. */
  private static int compareAt(String a, String b, int differing) {
    int from = differing;
    if (from > 0
        && Character.isHighSurrogate(a.charAt(from - 1))
        && (Character.isLowSurrogate(a.charAt(from)) || Character.isLowSurrogate(b.charAt(from)))) {
      from--;
    }
    return Integer.compare(a.codePointAt(from), b.codePointAt(from));
  }

  /** The bytes of a text: UTF-8, with three bytes for each unpaired surrogate. */
  public static byte[] bytes(String text) {
    KeyBuffer out = new KeyBuffer(text.length() + 8);
    append(out, text, Integer.MAX_VALUE, false);
    return out.toBytes();
  }

  /** The text behind {@link #bytes}, which stand in {@code bytes} from {@code from} to its end. */
  public static String text(byte[] bytes, int from) {
    String text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) < 0) {
      return text;
    }
    // unpaired surrogates, which Java's decoder replaces, or the replacement character itself
    StringBuilder exact = new StringBuilder(text.length());
    for (int i = from; i < bytes.length; ) {
      int lead = bytes[i] & 0xFF;
      int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      int point = length == 1 ? lead : lead & (0x7F >> length);
      for (int k = 1; k < length; k++) {
        point = point << 6 | (bytes[i + k] & 0x3F);
      }
      exact.appendCodePoint(point);
      i += length;
    }
    return exact.toString();
  }

  /**
   * Appends the first {@code most} bytes of a text, where wanted with 00 FF for each 00. Returns
   * whether that was all of them.
   */
  static boolean append(KeyBuffer out, String text, int most, boolean escape) {
    int left = most;
    int length = text.length();
    for (int i = 0; i < length; ) {
      if (left <= 0) {
        return false;
      }
      int point = text.codePointAt(i);
      i += point >= Character.MIN_SUPPLEMENTARY_CODE_POINT ? 2 : 1;
      if (point < 0x80) {
        out.put(point);
        if (point == 0 && escape) {
          out.put(0xFF);
        }
        left--;
        continue;
      }
      int before = out.size();
      appendPoint(out, point);
      left -= out.size() - before;
    }
    if (left < 0) {
      out.truncate(out.size() + left);
    }
    return left >= 0;
  }

  private static void appendPoint(KeyBuffer out, int point) {
    if (point < 0x800) {
      out.put(0xC0 | (point >> 6));
    } else {
      if (point < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
        out.put(0xE0 | (point >> 12));
      } else {
        out.put(0xF0 | (point >> 18)).put(0x80 | ((point >> 12) & 0x3F));
      }
      out.put(0x80 | ((point >> 6) & 0x3F));
    }
    out.put(0x80 | (point & 0x3F));
  }
}
