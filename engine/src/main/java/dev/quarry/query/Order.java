package dev.quarry.query;

import java.util.Objects;

/**
 * One part of an order. An absent value counts as larger than every value. Ties of all parts are
 * broken by ordinal (the order of insertion), in the direction of the last part.
 *
 * @param field what to order by
 * @param descending whether the largest comes first
 */
public record Order(Field<?> field, boolean descending) {
  /** Checks that the field can be ordered by. */
  public Order {
    Objects.requireNonNull(field, "field");
    if (!field.isOrderable()) {
      throw new IllegalArgumentException("results cannot be ordered by " + field.name());
    }
  }

  @Override
  public String toString() {
    return descending ? ConditionText.name(field) + " desc" : ConditionText.name(field);
  }
}
