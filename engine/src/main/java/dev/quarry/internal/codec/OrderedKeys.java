package dev.quarry.internal.codec;

import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Order;
import dev.quarry.query.TagsField;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Keys whose unsigned byte order is the order of queries.
 *
 * <p>An ascending part is 01 and the value, or FF alone for an absent value, which so counts as
 * larger than every other; a descending part is the same with all its bytes inverted. Values: a
 * text is its {@link TextOrder} bytes with 00 FF for each 00, then 00 00; a time is its
 * microseconds, hours are the bits of the double with negative ones inverted, both with the sign
 * flipped, 8 bytes big-endian; an enum is its code, which rises in the order of declaration. No
 * value's bytes begin another's, so parts can follow each other.
 *
 * <p>Of a text only the first {@link #MAX_TEXT_BYTES} bytes enter (cut even inside a character: a
 * cut between characters would not keep the order). Texts that agree in these are equal to a key
 * and to the {@linkplain #comparator comparator} alike; {@link #isTruncated} tells where that can
 * happen. Ids and names of usual length are never cut.
 */
public final class OrderedKeys {
  /** How many bytes of a text, before escaping, enter a key. */
  public static final int MAX_TEXT_BYTES = 512;

  private static final int PRESENT = 0x01;
  private static final int ABSENT = 0xFF;

  private OrderedKeys() {}

  /** The key of a task in this order, without index id and ordinal. */
  public static byte[] encode(List<Order> parts, IndexedFields fields) {
    KeyBuffer out = new KeyBuffer();
    for (Order part : parts) {
      append(out, part, fields);
    }
    return out.toBytes();
  }

  /** Whether {@link #encode} can have made these bytes for this order. */
  public static boolean isKey(List<Order> parts, byte[] bytes) {
    int at = 0;
    for (Order part : parts) {
      at = partEnd(part, bytes, at);
      if (at < 0) {
        return false;
      }
    }
    return at == bytes.length;
  }

  /** Where the part ends that begins at {@code at}; -1 where there is none. */
  private static int partEnd(Order part, byte[] bytes, int at) {
    int flip = part.descending() ? 0xFF : 0;
    int tag = at < bytes.length ? (bytes[at] & 0xFF) ^ flip : -1;
    if (tag == ABSENT) {
      return part.field().equals(TaskFields.ID) ? -1 : at + 1;
    }
    if (tag != PRESENT) {
      return -1;
    }
    if (part.field() instanceof InstantField || part.field() instanceof HoursField) {
      return at + 1 + Long.BYTES <= bytes.length ? at + 1 + Long.BYTES : -1;
    }
    if (part.field() instanceof EnumField<?>) {
      return at + 2 <= bytes.length ? at + 2 : -1;
    }
    for (int i = at + 1; i + 1 < bytes.length; i++) {
      if (((bytes[i] & 0xFF) ^ flip) == 0) {
        int next = (bytes[i + 1] & 0xFF) ^ flip;
        if (next != 0xFF) {
          return next == 0 ? i + 2 : -1;
        }
        i++; // an escaped 00
      }
    }
    return -1;
  }

  /** Appends one part of a task's key. */
  public static void append(KeyBuffer out, Order part, IndexedFields fields) {
    Field<?> field = part.field();
    int start = out.size();
    if (field instanceof InstantField) {
      long time = fields.time(field);
      if (time == IndexedFields.NO_TIME) {
        out.put(ABSENT);
      } else {
        appendTime(out, time);
      }
    } else if (field instanceof HoursField) {
      double hours = fields.hours(field);
      if (Double.isNaN(hours)) {
        out.put(ABSENT);
      } else {
        appendHours(out, hours);
      }
    } else {
      appendAscending(out, fields.value(field));
    }
    if (part.descending()) {
      out.invert(start);
    }
  }

  /** Appends one part; the value as of {@link IndexedFields#value}, null for absent. */
  public static void append(KeyBuffer out, Order part, Object valueOrNull) {
    int start = out.size();
    appendAscending(out, valueOrNull);
    if (part.descending()) {
      out.invert(start);
    }
  }

  private static void appendAscending(KeyBuffer out, Object value) {
    if (value == null) {
      out.put(ABSENT);
    } else if (value instanceof String text) {
      out.put(PRESENT);
      TextOrder.append(out, text, MAX_TEXT_BYTES, true);
      out.put(0).put(0);
    } else if (value instanceof Instant time) {
      appendTime(out, IndexedFields.micros(time));
    } else if (value instanceof Double hours) {
      appendHours(out, hours);
    } else if (value instanceof Enum<?> constant) {
      out.put(PRESENT).put(Codes.of(constant));
    } else {
      throw new IllegalArgumentException("no key is made of " + value.getClass().getName());
    }
  }

  private static void appendTime(KeyBuffer out, long micros) {
    out.put(PRESENT).putLong(micros ^ Long.MIN_VALUE);
  }

  private static void appendHours(KeyBuffer out, double hours) {
    long bits = Double.doubleToLongBits(hours + 0.0);
    out.put(PRESENT).putLong(bits ^ ((bits >> 63) | Long.MIN_VALUE));
  }

  /**
   * Where the keys begin (inclusive) whose parts before this one are {@code prefix} and whose value
   * in this part can satisfy the comparison. The range may hold a few that do not (long texts), so
   * check each; it misses none.
   *
   * @param value of the field's type; times keep their nanoseconds
   */
  public static byte[] lowerBound(byte[] prefix, Order part, Condition.Op op, Object value) {
    return part.descending()
        ? descending(prefix, high(op, value))
        : ascending(prefix, low(op, value));
  }

  /**
   * Where the keys of {@link #lowerBound} end (exclusive), or null for the end of the key space.
   * Equal to the lower bound where there are none.
   */
  public static byte[] upperBound(byte[] prefix, Order part, Condition.Op op, Object value) {
    return part.descending()
        ? descending(prefix, low(op, value))
        : ascending(prefix, high(op, value));
  }

  /**
   * The least byte string that is greater than all those that begin with {@code prefix}; null when
   * there is none, as for one of FF alone.
   */
  public static byte[] successor(byte[] prefix) {
    int last = prefix.length - 1;
    while (last >= 0 && prefix[last] == (byte) 0xFF) {
      last--;
    }
    if (last < 0) {
      return null;
    }
    byte[] next = Arrays.copyOf(prefix, last + 1);
    next[last]++;
    return next;
  }

  /** Whether a key holds only the beginning of this value. */
  public static boolean isTruncated(Object value) {
    return value instanceof String text && byteLength(text, MAX_TEXT_BYTES + 1) > MAX_TEXT_BYTES;
  }

  /** An end of a range of ascending parts: just before or just behind all that begin with these. */
  private static final class Edge {
    final byte[] bytes;
    final boolean behind;

    Edge(byte[] bytes, boolean behind) {
      this.bytes = bytes;
      this.behind = behind;
    }
  }

  private static Edge low(Condition.Op op, Object value) {
    return switch (op) {
      case EQ, GE -> new Edge(encoded(value), isBetweenMicros(value));
      // a longer text can have the same key and still be greater
      case GT -> new Edge(encoded(value), !mayBeCut(value));
      case STARTS_WITH -> new Edge(textPrefix((String) value), false);
      default -> new Edge(new byte[] {PRESENT}, false);
    };
  }

  private static Edge high(Condition.Op op, Object value) {
    return switch (op) {
      case EQ, LE -> new Edge(encoded(value), true);
      case LT -> new Edge(encoded(value), isBetweenMicros(value) || isTruncated(value));
      case STARTS_WITH -> new Edge(textPrefix((String) value), true);
      default -> new Edge(new byte[] {PRESENT}, true);
    };
  }

  private static byte[] ascending(byte[] prefix, Edge edge) {
    byte[] whole = join(prefix, edge.bytes);
    return edge.behind ? successor(whole) : whole;
  }

  private static byte[] descending(byte[] prefix, Edge edge) {
    KeyBuffer out = new KeyBuffer().put(prefix).put(edge.bytes);
    out.invert(prefix.length);
    byte[] whole = out.toBytes();
    // inverted, "behind" is in front
    return edge.behind ? whole : successor(whole);
  }

  private static byte[] join(byte[] prefix, byte[] more) {
    byte[] whole = Arrays.copyOf(prefix, prefix.length + more.length);
    System.arraycopy(more, 0, whole, prefix.length, more.length);
    return whole;
  }

  private static byte[] encoded(Object value) {
    KeyBuffer out = new KeyBuffer();
    appendAscending(out, value);
    return out.toBytes();
  }

  /**
   * What the ascending parts of all texts begin with that begin with {@code prefix}. A high
   * surrogate at its end is left out: it may be half of a character there.
   */
  static byte[] textPrefix(String prefix) {
    int length = prefix.length();
    boolean half = length > 0 && Character.isHighSurrogate(prefix.charAt(length - 1));
    KeyBuffer out = new KeyBuffer().put(PRESENT);
    String whole = half ? prefix.substring(0, length - 1) : prefix;
    TextOrder.append(out, whole, MAX_TEXT_BYTES, true);
    return out.toBytes();
  }

  private static boolean isBetweenMicros(Object value) {
    return value instanceof Instant time && !time.truncatedTo(ChronoUnit.MICROS).equals(time);
  }

  private static boolean mayBeCut(Object value) {
    return value instanceof String text && byteLength(text, MAX_TEXT_BYTES) >= MAX_TEXT_BYTES;
  }

  /** Number of bytes of a text, counted no further than needed to reach {@code enough}. */
  private static int byteLength(String text, int enough) {
    if (text.length() < enough / 3) {
      return text.length();
    }
    int bytes = 0;
    for (int i = 0; i < text.length() && bytes < enough; ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    }
    return bytes;
  }

  /**
   * Compares two values of a field, null for absent and largest, as ascending keys compare.
   *
   * @throws IllegalArgumentException for lists of tags, which have no order
   */
  public static int compareValues(Field<?> field, Object a, Object b) {
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? 1 : -1;
    }
    if (a instanceof String x && b instanceof String y) {
      return compareTexts(x, y);
    }
    if (a instanceof Instant x && b instanceof Instant y) {
      return Long.compare(IndexedFields.micros(x), IndexedFields.micros(y));
    }
    if (a instanceof Double x && b instanceof Double y) {
      return Double.compare(x + 0.0, y + 0.0);
    }
    if (a instanceof Enum<?> x && b instanceof Enum<?> y) {
      return Integer.compare(Codes.of(x), Codes.of(y));
    }
    throw new IllegalArgumentException("values of " + field.name() + " have no order");
  }

  private static int compareTexts(String a, String b) {
    if (a.length() <= MAX_TEXT_BYTES / 3 || b.length() <= MAX_TEXT_BYTES / 3) {
      // they differ within the shorter or right behind it, which no cut hides
      return TextOrder.compare(a, b);
    }
    KeyBuffer x = new KeyBuffer(2 * MAX_TEXT_BYTES);
    KeyBuffer y = new KeyBuffer(2 * MAX_TEXT_BYTES);
    TextOrder.append(x, a, MAX_TEXT_BYTES, false);
    TextOrder.append(y, b, MAX_TEXT_BYTES, false);
    return Arrays.compareUnsigned(x.toBytes(), y.toBytes());
  }

  /** Compares tasks as their {@linkplain #encode keys} compare. */
  public static Comparator<IndexedFields> comparator(List<Order> parts) {
    Comparator<IndexedFields> all = null;
    for (Order part : parts) {
      Comparator<IndexedFields> one = comparator(part.field());
      one = part.descending() ? one.reversed() : one;
      all = all == null ? one : all.thenComparing(one);
    }
    return all == null ? Comparator.comparingInt(none -> 0) : all;
  }

  private static Comparator<IndexedFields> comparator(Field<?> field) {
    if (field instanceof InstantField) {
      // NO_TIME is the least long; one less wraps it round to the largest
      return (a, b) -> Long.compare(a.time(field) - 1, b.time(field) - 1);
    }
    if (field instanceof HoursField) {
      // Double.compare has NaN, which stands for absent, as the largest
      return (a, b) -> Double.compare(a.hours(field) + 0.0, b.hours(field) + 0.0);
    }
    if (field instanceof EnumField<?> || field instanceof TagsField) {
      return (a, b) -> compareValues(field, a.value(field), b.value(field));
    }
    return (a, b) -> compareValues(field, a.text(field), b.text(field));
  }
}
