package dev.quarry.internal.read;

import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.query.Field;
import java.util.Comparator;

/** The order of a field's values in results, absence last. */
final class ValueOrder {
  private ValueOrder() {}

  static Comparator<Object> of(Field<?> field) {
    return (a, b) -> OrderedKeys.compareValues(field, a, b);
  }

  @SuppressWarnings("unchecked") // the values come from the field itself
  static <T> T cast(Object value) {
    return (T) value;
  }
}
