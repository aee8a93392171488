package dev.quarry;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/** What the fields of a task must satisfy; each check returns the value as it is kept. */
final class TaskChecks {
  private static final int FEW = 8;

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

  static String attribute(String name, String value) {
    Objects.requireNonNull(value, "attribute value");
    return value.length() > Task.MAX_TEXT_CHARS ? text("attribute " + name, value) : value;
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
    String[] own = values.toArray(new String[0]); // what is checked is what is kept
    for (String value : own) {
      name(field, value);
    }
    List<String> copy =
        isFewAndDistinct(own) ? List.of(own) : List.copyOf(new LinkedHashSet<>(Arrays.asList(own)));
    size(field, copy.size());
    return copy;
  }

  /** Every record that is read comes by here, so the usual few names make no set. */
  private static boolean isFewAndDistinct(String[] names) {
    if (names.length > FEW) {
      return false;
    }
    for (int i = 1; i < names.length; i++) {
      for (int j = 0; j < i; j++) {
        if (names[i].equals(names[j])) {
          return false;
        }
      }
    }
    return true;
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
