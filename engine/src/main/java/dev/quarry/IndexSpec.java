package dev.quarry;

import dev.quarry.query.Field;
import dev.quarry.query.Order;
import java.util.List;

/**
 * An index to keep.
 *
 * @param name unique in the store; letters, digits, {@code _ - + .}, at most 64
 * @param kind equality (posting lists) or ordered (sortable keys)
 * @param parts for an equality index its one field; for an ordered index the order that it keeps
 */
public record IndexSpec(String name, Kind kind, List<Order> parts) {
  /** What an index can answer. */
  public enum Kind {
    /** Term to posting list: is, in, is null, counts. */
    EQUALITY,
    /** Sortable key to ordinal: equality prefixes, ranges, order. */
    ORDERED
  }

  /** Checks the name and the parts. */
  public IndexSpec {
    if (!name.matches("[A-Za-z0-9_.+-]{1,64}")) {
      throw new IllegalArgumentException(
          "index name must be 1 to 64 letters, digits or _ - + . but is '" + name + "'");
    }
    parts = List.copyOf(parts);
    if (parts.isEmpty() || parts.size() > 8) {
      throw new IllegalArgumentException("index '" + name + "' must have 1 to 8 parts");
    }
    if (kind == Kind.ORDERED) {
      Order.checkOrderable(parts);
    }
    if (kind == Kind.EQUALITY && parts.size() != 1) {
      throw new IllegalArgumentException("equality index '" + name + "' must have one field");
    }
  }

  /** An ordered index. */
  public static IndexSpec ordered(String name, Order... parts) {
    return new IndexSpec(name, Kind.ORDERED, List.of(parts));
  }

  /** An equality index, for an attribute; the other fields have one always. */
  public static IndexSpec equality(String name, Field<?> field) {
    return new IndexSpec(name, Kind.EQUALITY, List.of(new Order(field, false)));
  }
}
