package dev.quarry.query;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the values in the text of a query. Takes the time once, at its first use. */
final class QueryLiterals {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)");

  private static final Pattern RELATIVE =
      Pattern.compile(
          "(now|today|tomorrow|yesterday)(?:([+-][0-9]{1,9})([smhdw]))?", Pattern.CASE_INSENSITIVE);

  /** Date, or date and time with or without an offset or zone. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendLiteral('T')
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendOffset("+HH:MM:ss", "Z")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HHMM", "+0000")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH", "+00")
          .optionalEnd()
          .optionalStart()
          .appendLiteral('[')
          .parseCaseSensitive()
          .appendZoneRegionId()
          .appendLiteral(']')
          .toFormatter(Locale.ROOT)
          .withChronology(IsoChronology.INSTANCE)
          .withResolverStyle(ResolverStyle.STRICT);

  private static final String FORMS =
      "write 2026-12-31, 2026-12-31T10:00, 2026-12-31T10:00:00.5+01:00, now, today, now-7d"
          + " or today+2w (units s, m, h, d, w)";

  private static final int LONGEST_CONSTANT = 40;

  private final InstantSource clock;
  private Instant now;

  QueryLiterals(InstantSource clock) {
    this.clock = clock;
  }

  /** The value of a field that this word or quoted text stands for. */
  Object value(Field<?> field, String text, int column) {
    if (field instanceof EnumField<?> constants) {
      return constant(constants, text, column);
    }
    if (field instanceof InstantField) {
      return time(text, column);
    }
    return field instanceof HoursField ? (Object) number(text, column) : text;
  }

  private static <E extends Enum<E>> E constant(EnumField<E> field, String text, int column) {
    // no constant is that long, and upper case can cost the square of a length
    String wanted = text.length() > LONGEST_CONSTANT ? "" : plain(text);
    E[] constants = field.type().getEnumConstants();
    for (E constant : constants) {
      if (plain(constant.name()).equals(wanted)) {
        return constant;
      }
    }
    String known = Arrays.stream(constants).map(Enum::name).collect(Collectors.joining(", "));
    throw new QuerySyntaxException(
        "unknown " + field.name() + " " + QueryLexer.quote(text), column, "known are " + known);
  }

  /** {@code in-progress}, {@code IN_PROGRESS} and {@code In Progress} are the same. */
  private static String plain(String name) {
    return name.toUpperCase(Locale.ROOT).replace("-", "").replace("_", "").replace(" ", "");
  }

  private static Double number(String text, int column) {
    if (text.length() <= 400 && NUMBER.matcher(text).matches()) {
      return Double.valueOf(text);
    }
    throw new QuerySyntaxException(
        QueryLexer.quote(text) + " is not a number", column, "write it as 8 or 2.5");
  }

  private Instant time(String text, int column) {
    try {
      Matcher relative = RELATIVE.matcher(text);
      return relative.matches() ? relative(relative) : absolute(text);
    } catch (DateTimeException | ArithmeticException e) {
      throw new QuerySyntaxException(QueryLexer.quote(text) + " is not a time", column, FORMS);
    }
  }

  private Instant relative(Matcher text) {
    if (now == null) {
      now = clock.instant();
    }
    String word = QueryLexer.lower(text.group(1));
    Instant base = word.equals("now") ? now : now.truncatedTo(ChronoUnit.DAYS);
    if (word.equals("tomorrow")) {
      base = base.plus(1, ChronoUnit.DAYS);
    } else if (word.equals("yesterday")) {
      base = base.minus(1, ChronoUnit.DAYS);
    }
    if (text.group(2) == null) {
      return base;
    }
    long amount = Long.parseLong(text.group(2));
    return switch (QueryLexer.lower(text.group(3))) {
      case "s" -> base.plus(amount, ChronoUnit.SECONDS);
      case "m" -> base.plus(amount, ChronoUnit.MINUTES);
      case "h" -> base.plus(amount, ChronoUnit.HOURS);
      case "d" -> base.plus(amount, ChronoUnit.DAYS);
      default -> base.plus(7 * amount, ChronoUnit.DAYS);
    };
  }

  private static Instant absolute(String text) {
    if (text.length() > 100) {
      throw new DateTimeException("too long");
    }
    String joined = text.length() > 10 && text.charAt(10) == ' ' ? replaceBlank(text) : text;
    if (joined.length() > 20 && (joined.charAt(0) == '+' || joined.charAt(0) == '-')) {
      // years of more than four digits reach further as instants than as dates
      return Instant.parse(joined);
    }
    TemporalAccessor parsed =
        TIME.parseBest(joined, ZonedDateTime::from, LocalDateTime::from, LocalDate::from);
    if (parsed instanceof ZonedDateTime zoned) {
      return zoned.toInstant();
    }
    return parsed instanceof LocalDateTime local
        ? local.toInstant(ZoneOffset.UTC)
        : ((LocalDate) parsed).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private static String replaceBlank(String text) {
    return text.substring(0, 10) + "T" + text.substring(11);
  }
}
