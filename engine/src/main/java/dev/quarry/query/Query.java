package dev.quarry.query;

import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What to find and in what order. Immutable. Equal queries have equal conditions, orders and
 * limits; The {@code toString} form is the text form, which {@link #parse} reads back.
 */
public final class Query {
  private static final Query ALL = new Query(new Condition.And(List.of()), List.of(), 0);

  private final Condition condition;
  private final List<Order> order;
  private final int limit;

  private Query(Condition condition, List<Order> order, int limit) {
    this.condition = condition;
    this.order = order;
    this.limit = limit;
  }

  /** Every task, by ordinal (in the order of insertion). */
  public static Query all() {
    return ALL;
  }

  /** The tasks that satisfy {@code condition}, by ordinal. */
  public static Query where(Condition condition) {
    return new Query(Objects.requireNonNull(condition, "condition"), List.of(), 0);
  }

  /**
   * Reads the text form, such as {@code status = TODO and priority >= HIGH order by priority desc,
   * created limit 20}.
   *
   * @throws QuerySyntaxException names the column, what was found and the nearest known word
   */
  public static Query parse(String text) {
    return QueryParser.parse(text);
  }

  /**
   * The same with the clock that {@code now} and {@code today} are read from.
   *
   * @throws QuerySyntaxException names the column, what was found and the nearest known word
   */
  public static Query parse(String text, InstantSource clock) {
    return QueryParser.parse(text, clock);
  }

  /** The same in this order; ties by ordinal, in the direction of the last part. */
  public Query orderBy(Order... parts) {
    return orderBy(List.of(parts));
  }

  /** The same in this order; none means by ordinal. */
  public Query orderBy(List<Order> parts) {
    if (parts.size() > 8) {
      throw new IllegalArgumentException("a query is ordered by at most 8 fields");
    }
    Order.checkOrderable(parts);
    return new Query(condition, List.copyOf(parts), limit);
  }

  /** The same with at most {@code most} results in all, over all pages. */
  public Query limit(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("limit must be at least 1, but is " + most);
    }
    return new Query(condition, order, most);
  }

  /** What a task must satisfy. */
  public Condition condition() {
    return condition;
  }

  /** The order; empty for ordinal. */
  public List<Order> order() {
    return order;
  }

  /** The limit, where there is one. */
  public OptionalInt limit() {
    return limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Query that
        && condition.equals(that.condition)
        && order.equals(that.order)
        && limit == that.limit;
  }

  @Override
  public int hashCode() {
    return Objects.hash(condition, order, limit);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    boolean every = condition instanceof Condition.And a && a.parts().isEmpty();
    if (!every) {
      text.append(condition);
    }
    if (!order.isEmpty()) {
      text.append(text.isEmpty() ? "" : " ").append("order by ");
      String glue = "";
      for (Order part : order) {
        text.append(glue).append(part);
        glue = ", ";
      }
    }
    if (limit > 0) {
      text.append(text.isEmpty() ? "" : " ").append("limit ").append(limit);
    }
    return text.toString();
  }
}
