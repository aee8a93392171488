package dev.quarry.query;

import java.util.List;
import java.util.Objects;

/**
 * One part of an order. An absent value counts as larger than every value. Ties of all parts are
 * broken by ordinal (the order of insertion), in the direction of the last part.
 *
 * @param field what to order by
 * @param descending whether the largest comes first
 */
public record Order(Field<?> field, boolean descending) {
  /** Checks that there is a field. */
  public Order {
    Objects.requireNonNull(field, "field");
  }

  /** Refuses fields that have no order. */
  public static void checkOrderable(List<Order> parts) {
    for (Order part : parts) {
      if (!part.field().isOrderable()) {
        throw new IllegalArgumentException("results cannot be ordered by " + part.field().name());
      }
    }
  }

  @Override
  public String toString() {
    return descending ? ConditionText.name(field) + " desc" : ConditionText.name(field);
  }
}
