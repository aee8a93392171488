package dev.quarry.query;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Checks and prints the parts of conditions. */
final class ConditionText {
  /** Orders the values of one field. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // all values of a field are of its one type
  static final Comparator<Object> VALUES = (a, b) -> ((Comparable) a).compareTo(b);

  private ConditionText() {}

  static void checkValue(Field<?> field, Object value) {
    Objects.requireNonNull(value, () -> "value of " + field.name() + "; use isNull()");
    if (!TaskFields.valueType(field).isInstance(value)) {
      throw new IllegalArgumentException(
          field.name()
              + " takes values of "
              + TaskFields.valueType(field).getSimpleName()
              + ", not of "
              + value.getClass().getSimpleName());
    }
    if (value instanceof Double d && d.isNaN()) {
      throw new IllegalArgumentException(field.name() + " cannot be compared with NaN");
    }
  }

  /** Negative zero counts as zero. Instants keep their nanoseconds: comparisons must stay exact. */
  static Object normal(Object value) {
    return value instanceof Double d ? (Object) (d + 0.0) : value;
  }

  /**
   * The parts with glue between. {@code none} stands for no parts and, being flattened away by
   * readers, also tells one part from the part itself.
   */
  static String join(List<Condition> parts, String glue, String none) {
    if (parts.isEmpty()) {
      return none;
    }
    if (parts.size() == 1) {
      return nested(parts.get(0)) + glue + none;
    }
    StringBuilder text = new StringBuilder();
    for (Condition part : parts) {
      text.append(text.isEmpty() ? "" : glue).append(nested(part));
    }
    return text.toString();
  }

  static String nested(Condition part) {
    boolean compound =
        (part instanceof Condition.And a && !a.parts().isEmpty())
            || (part instanceof Condition.Or o && !o.parts().isEmpty());
    return compound ? "(" + part + ")" : part.toString();
  }

  /** A field's name, that of an attribute in quotes where needed. */
  static String name(Field<?> field) {
    if (!TaskFields.isAttribute(field)) {
      return field.name();
    }
    String name = TaskFields.attributeName(field);
    return QueryLexer.isBare(name) ? field.name() : TaskFields.ATTRIBUTE_PREFIX + literal(name);
  }

  static String list(Collection<?> values) {
    return values.stream().map(ConditionText::literal).collect(Collectors.joining(", ", "(", ")"));
  }

  static String literal(Object value) {
    if (value instanceof String s) {
      return "'" + s.replace("'", "''") + "'";
    }
    if (value instanceof Instant i) {
      return i.truncatedTo(ChronoUnit.NANOS).toString();
    }
    return value.toString();
  }
}
