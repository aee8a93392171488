package dev.quarry.tools.format;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the spellings of points in time that occur in task files. */
public final class Times {
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})"
              + "(?:(?:[Tt]|\\s+)(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?"
              + "\\s*(Z|z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)?)?");
  private static final Pattern COMPACT =
      Pattern.compile("(\\d{4})(\\d{2})(\\d{2})(?:T(\\d{2})(\\d{2})(\\d{2})(Z)?)?");
  private static final Pattern EPOCH = Pattern.compile("-?\\d{9,17}(?:\\.\\d+)?");
  private static final DateTimeFormatter JIRA =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("d/MMM/yy h:mm a")
          .toFormatter(Locale.ENGLISH);

  /**
   * A point in time.
   *
   * @param instant the instant
   * @param exact whether its microseconds say all that the text said
   */
  public record Parsed(Instant instant, boolean exact) {
    private static Parsed of(Instant instant) {
      return new Parsed(instant, instant.truncatedTo(ChronoUnit.MICROS).equals(instant));
    }
  }

  private Times() {}

  /** The instant of a text; a date alone is its start, no zone is {@code zone}. */
  public static Optional<Parsed> parse(String text, ZoneId zone) {
    String t = text.strip();
    try {
      Matcher m = DATE_TIME.matcher(t);
      if (m.matches()) {
        return Optional.of(Parsed.of(instant(m, m.group(7), m.group(8), zone)));
      }
      m = COMPACT.matcher(t);
      if (m.matches()) {
        return Optional.of(Parsed.of(instant(m, null, m.group(7), zone)));
      }
      if (EPOCH.matcher(t).matches()) {
        return epoch(new BigDecimal(t));
      }
      if (t.indexOf('/') > 0) {
        return Optional.of(Parsed.of(LocalDateTime.parse(t, JIRA).atZone(zone).toInstant()));
      }
      return Optional.of(Parsed.of(Instant.parse(t)));
    } catch (DateTimeParseException e) {
      return rfc(t);
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private static Optional<Parsed> rfc(String text) {
    try {
      return Optional.of(Parsed.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text))));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Instant instant(Matcher m, String fraction, String offset, ZoneId zone) {
    String nanos = fraction == null ? "0" : (fraction + "000000000").substring(0, 9);
    LocalDateTime local =
        LocalDateTime.of(
            number(m, 1), number(m, 2), number(m, 3), number(m, 4), number(m, 5), number(m, 6));
    local = local.withNano(Integer.parseInt(nanos));
    if (offset == null) {
      return local.atZone(zone).toInstant();
    }
    return offset.charAt(0) == '+' || offset.charAt(0) == '-'
        ? local.toInstant(ZoneOffset.of(offset))
        : local.toInstant(ZoneOffset.UTC);
  }

  private static int number(Matcher m, int group) {
    return m.group(group) == null ? 0 : Integer.parseInt(m.group(group));
  }

  /** Seconds, milliseconds or microseconds since 1970, told apart by their size. */
  private static Optional<Parsed> epoch(BigDecimal value) {
    double size = Math.abs(value.doubleValue());
    int scale = size < 1e11 ? 0 : size < 1e14 ? 3 : 6;
    BigDecimal seconds = value.movePointLeft(scale);
    BigDecimal whole = seconds.setScale(0, java.math.RoundingMode.FLOOR);
    BigDecimal nanos = seconds.subtract(whole).movePointRight(9);
    return Optional.of(Parsed.of(Instant.ofEpochSecond(whole.longValueExact(), nanos.longValue())));
  }
}
