package dev.quarry;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/** What the fields of a task must satisfy; each check returns the value as it is kept. */
final class TaskChecks {
  private TaskChecks() {}

  static String optionalName(String field, String value) {
    return value == null ? null : name(field, value);
  }

  static String name(String field, String value) {
    Objects.requireNonNull(value, field);
    if (value.isEmpty() || value.length() > Task.MAX_NAME_CHARS) {
      throw new IllegalArgumentException(
          field
              + " must have 1 to "
              + Task.MAX_NAME_CHARS
              + " characters, but has "
              + value.length());
    }
    return value;
  }

  static String text(String field, String value) {
    if (value != null && value.length() > Task.MAX_TEXT_CHARS) {
      throw new IllegalArgumentException(
          field
              + " must have at most "
              + Task.MAX_TEXT_CHARS
              + " characters, but has "
              + value.length());
    }
    return value;
  }

  static Instant micros(String field, Instant value) {
    if (value == null) {
      return null;
    }
    // the microseconds since 1970 must fit into a signed 64-bit number
    if (Math.abs(value.getEpochSecond()) > 9_000_000_000_000L) {
      throw new IllegalArgumentException(field + " is out of range: " + value);
    }
    return value.truncatedTo(ChronoUnit.MICROS);
  }

  static Double hours(String field, Double value) {
    if (value != null && !Double.isFinite(value)) {
      throw new IllegalArgumentException(field + " must be finite, but is " + value);
    }
    return value;
  }

  static List<String> names(String field, Collection<String> values) {
    if (values.isEmpty()) {
      return List.of();
    }
    LinkedHashSet<String> distinct = new LinkedHashSet<>();
    for (String value : values) {
      distinct.add(name(field, value));
    }
    size(field, distinct.size());
    return List.copyOf(distinct);
  }

  static List<String> plus(List<String> list, String field, String value) {
    if (list.contains(name(field, value))) {
      return list;
    }
    ArrayList<String> copy = new ArrayList<>(list);
    copy.add(value);
    size(field, copy.size());
    return List.copyOf(copy);
  }

  static void size(String field, int size) {
    if (size > Task.MAX_LIST) {
      throw new IllegalArgumentException(
          "a task must have at most " + Task.MAX_LIST + " of " + field + ", but has " + size);
    }
  }
}
