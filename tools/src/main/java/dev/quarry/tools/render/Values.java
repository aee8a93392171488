package dev.quarry.tools.render;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The text of single values, the same in every locale. */
public final class Values {
  private Values() {}

  /** As data (CSV, TSV, raw): empty for null, ISO-8601 times, plain numbers. */
  public static String data(Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Double d) {
      return number(d);
    }
    if (value instanceof Map<?, ?>) {
      return JsonText.of(value);
    }
    if (value instanceof Collection<?> c) {
      return c.stream().map(Values::data).collect(Collectors.joining(";"));
    }
    return value.toString();
  }

  /** For people, on one line: no control characters, midnight as a date. */
  public static String people(Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Instant i) {
      return time(i);
    }
    if (value instanceof Map<?, ?> m) {
      return m.entrySet().stream()
          .map(e -> e.getKey() + "=" + people(e.getValue()))
          .collect(Collectors.joining(", "));
    }
    if (value instanceof Collection<?> c) {
      return c.stream().map(Values::people).collect(Collectors.joining(", "));
    }
    return oneLine(data(value));
  }

  /** ISO-8601 in UTC: the date alone at midnight, no fraction. */
  public static String time(Instant time) {
    var utc = time.atOffset(ZoneOffset.UTC);
    boolean midnight = utc.toLocalTime().toNanoOfDay() == 0;
    return midnight
        ? utc.toLocalDate().toString()
        : DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT).format(utc);
  }

  /** A number without grouping, exponent or trailing zeros. */
  public static String number(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    BigDecimal decimal = BigDecimal.valueOf(value).stripTrailingZeros();
    return decimal.scale() < 0
        ? decimal.setScale(0, RoundingMode.UNNECESSARY).toPlainString()
        : decimal.toPlainString();
  }

  /** A count with grouping, for people. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A size for people: {@code 93 KB}, {@code 1.2 GB}; a unit is 1,024 of the smaller one. */
  public static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] units = {"KB", "MB", "GB", "TB", "PB", "EB"};
    double value = bytes;
    int unit = -1;
    do {
      value /= 1024;
      unit++;
    } while (value >= 999.5 && unit < units.length - 1);
    return String.format(Locale.ROOT, value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  }

  /** A duration for people: {@code 0.4 ms}, {@code 12.3 s}. */
  public static String duration(long nanos) {
    if (nanos < 999_500) {
      return String.format(Locale.ROOT, nanos < 99_500 ? "%.2f ms" : "%.1f ms", nanos / 1e6);
    }
    return nanos < 999_500_000L
        ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
        : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  /** The text with line breaks and tabs as blanks and other control characters made harmless. */
  public static String oneLine(String text) {
    return clean(text, false);
  }

  /** The text with its line breaks, other control characters made harmless. */
  public static String lines(String text) {
    return clean(text, true);
  }

  private static String clean(String text, boolean keepLines) {
    StringBuilder clean = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmless = !Character.isISOControl(c) || (keepLines && (c == '\n' || c == '\t'));
      if (harmless && clean == null) {
        continue;
      }
      if (clean == null) {
        clean = new StringBuilder(text.length()).append(text, 0, i);
      }
      if (harmless) {
        clean.append(c);
      } else if (c == '\n' || c == '\t') {
        clean.append(' ');
      } else if (c != '\r') {
        clean.append('\ufffd');
      }
    }
    return clean == null ? text : clean.toString();
  }

  /** Columns that the text takes on a terminal. */
  public static int width(String text) {
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      width += width(c);
      i += Character.charCount(c);
    }
    return width;
  }

  /** The text cut to {@code most} columns, the last of them an ellipsis where something is cut. */
  public static String cut(String text, int most) {
    if (text.length() <= most / 2 || width(text) <= most) {
      return text;
    }
    int width = 0;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      if (width + width(c) > most - 1) {
        break;
      }
      width += width(c);
      i += Character.charCount(c);
    }
    return text.substring(0, i) + "…";
  }

  private static int width(int c) {
    if (c < 0x300) {
      return 1;
    }
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    boolean wide =
        (c >= 0x1100 && c <= 0x115f)
            || (c >= 0x2e80 && c <= 0xa4cf)
            || (c >= 0xac00 && c <= 0xd7a3)
            || (c >= 0xf900 && c <= 0xfaff)
            || (c >= 0xfe30 && c <= 0xfe6f)
            || (c >= 0xff00 && c <= 0xff60)
            || (c >= 0xffe0 && c <= 0xffe6)
            || (c >= 0x1f300 && c <= 0x1faff)
            || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
  }
}
