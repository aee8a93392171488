package dev.quarry.tools.cli;

import dev.quarry.Link;
import dev.quarry.Priority;
import dev.quarry.Status;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads values from the command line; what cannot be read is a usage error. */
final class Inputs {
  private static final Pattern RELATIVE = Pattern.compile("([+-])(\\d{1,5})([hdw])");

  /** The forms that the text of a query has, too. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
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
          .appendZoneRegionId()
          .appendLiteral(']')
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private static final Pattern HOURS =
      Pattern.compile("\\+?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  private Inputs() {}

  static Status status(String text) {
    return constant(Status.class, "status", text);
  }

  static Priority priority(String text) {
    return constant(Priority.class, "priority", text);
  }

  /**
   * A time: {@code 2026-12-01} (midnight UTC), {@code 2026-12-01T10:00} (UTC), {@code
   * 2026-12-01T10:00:00+01:00}, {@code 2026-12-01T10:00[Europe/Berlin]}, {@code now}, {@code
   * today}, or relative to now: {@code +3d}, {@code -12h}, {@code +2w}. In a zone whose clocks go
   * forward the time that they leave out is as much later; where they go back it is the first of
   * the two.
   */
  static Instant time(String name, String text, Instant now) {
    Matcher relative = RELATIVE.matcher(text);
    try {
      if (relative.matches()) {
        long amount = Long.parseLong(relative.group(1) + relative.group(2));
        return now.plus(
            switch (relative.group(3)) {
              case "h" -> Duration.ofHours(amount);
              case "d" -> Duration.ofDays(amount);
              default -> Duration.ofDays(7 * amount);
            });
      }
      if (text.equals("now")) {
        return now;
      }
      if (text.equals("today")) {
        return midnight(now.atOffset(ZoneOffset.UTC).toLocalDate());
      }
      if (text.indexOf('T') < 0) {
        return midnight(LocalDate.parse(text));
      }
      TemporalAccessor parsed = TIME.parseBest(text, ZonedDateTime::from, LocalDateTime::from);
      return parsed instanceof ZonedDateTime zoned
          ? zoned.toInstant()
          : ((LocalDateTime) parsed).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw CliException.usage(
          name
              + " must be a time such as 2026-12-01, 2026-12-01T10:00:00Z or +3d, but is `"
              + text
              + "`");
    }
  }

  /** A time span: {@code 500ms}, {@code 30s}, {@code 10m}, {@code 2h}, {@code 7d}, {@code 0s}. */
  static Duration duration(String name, String text) {
    Matcher span = SPAN.matcher(text);
    if (!span.matches()) {
      throw CliException.usage(
          name + " must be a time span such as 500ms, 30s, 10m, 2h or 7d, but is `" + text + "`");
    }
    long amount = Long.parseLong(span.group(1));
    return switch (span.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /** A link: {@code parent:TASK-1}, or as it is shown, {@code PARENT TASK-1}. */
  static Link link(String name, String text) {
    int end = 0;
    while (end < text.length() && text.charAt(end) != ':' && text.charAt(end) != ' ') {
      end++;
    }
    String target = text.substring(Math.min(end + 1, text.length())).strip();
    if (end == 0 || target.isEmpty()) {
      throw CliException.usage(
          name + " must name a link such as parent:TASK-1, but is `" + text + "`");
    }
    return new Link(constant(Link.Type.class, "link", text.substring(0, end)), target);
  }

  /** A constant as an option names it: in lower case, with hyphens. */
  static <E extends Enum<E>> E word(Class<E> type, String option, String text) {
    String wanted = text.toUpperCase(Locale.ROOT).replace('-', '_');
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                CliException.usage(
                    option
                        + " is one of "
                        + Arrays.stream(type.getEnumConstants())
                            .map(c -> c.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .collect(Collectors.joining(", "))
                        + ", not `"
                        + text
                        + "`"));
  }

  /** Hours: {@code 2}, {@code 0.5}, {@code 1e3}. Other forms that Java reads are for programs. */
  static double hours(String name, String text) {
    double hours = HOURS.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
    if (Double.isFinite(hours)) {
      return hours;
    }
    throw CliException.usage(
        name + " must be a number of hours such as 2 or 0.5, but is `" + text + "`");
  }

  private static Instant midnight(LocalDate date) {
    return date.atStartOfDay().toInstant(ZoneOffset.UTC);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name, String text) {
    String wanted = text.strip().replace('-', '_').replace(' ', '_').toUpperCase(Locale.ROOT);
    E[] constants = type.getEnumConstants();
    for (E constant : constants) {
      if (constant.name().equals(wanted)) {
        return constant;
      }
    }
    var names = Arrays.stream(constants).map(Enum::name).collect(Collectors.toList());
    String nearest = Words.nearest(wanted, names);
    throw CliException.usage(
        "unknown "
            + name
            + " `"
            + text
            + "`; "
            + (nearest == null
                ? "it is one of " + String.join(", ", names)
                : "did you mean " + nearest + "?"));
  }
}
