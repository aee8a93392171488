package dev.quarry.internal.read;

import dev.quarry.index.Postings;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Candidates cut by the first field of the order, where that is an enum, whose constants are terms:
 * the candidates of one constant all come before those of the next. So a page is complete once the
 * first few buckets fill it, and the others are never looked at.
 */
final class OrderBuckets {
  private OrderBuckets() {}

  /**
   * The candidates that have one constant.
   *
   * @param key the constant's number in a {@link RowKey} of the order
   * @param members makes the set
   */
  record Bucket(long key, Supplier<Postings> members) {}

  /** The buckets in the wanted order, or null where the candidates cannot be cut so. */
  static List<Bucket> of(View view, Condition members, RowKey.Sorter sorter, Deadline deadline) {
    if (!view.hasRows()
        || !sorter.usesNumbers()
        || !(sorter.order().get(0).field() instanceof EnumField<?> field)) {
      return null;
    }
    Order order = sorter.order().get(0);
    List<Condition> parts = members instanceof Condition.And and ? and.parts() : List.of(members);
    List<Condition> others = new ArrayList<>();
    for (Condition part : parts) {
      if (!isAbout(field, part)) {
        others.add(part);
      }
    }
    List<Bucket> buckets = new ArrayList<>();
    Enum<?>[] constants = field.type().getEnumConstants();
    for (int i = 0; i < constants.length; i++) {
      Enum<?> constant = constants[order.descending() ? constants.length - 1 - i : i];
      if (admits(parts, field, constant)) {
        long number = Codes.of(constant);
        buckets.add(
            new Bucket(
                order.descending() ? ~number : number,
                () -> candidates(view, others, field, constant, deadline)));
      }
    }
    return buckets;
  }

  private static Postings candidates(
      View view, List<Condition> others, EnumField<?> field, Enum<?> constant, Deadline deadline) {
    List<Condition> all = new ArrayList<>(others);
    all.add(new Condition.Compare(field, Condition.Op.EQ, constant));
    return view.set(new Condition.And(all), deadline);
  }

  /** Whether a constant alone decides the condition. */
  private static boolean isAbout(EnumField<?> field, Condition part) {
    return part instanceof Condition.Compare c
        ? c.field().equals(field)
        : part instanceof Condition.In in && in.field().equals(field);
  }

  private static boolean admits(List<Condition> parts, EnumField<?> field, Enum<?> constant) {
    for (Condition part : parts) {
      if (isAbout(field, part) && !holds(part, constant)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(Condition part, Enum<?> constant) {
    if (part instanceof Condition.In in) {
      return in.values().contains(constant);
    }
    Condition.Compare compare = (Condition.Compare) part;
    long bound = Terms.columnNumber(compare.value());
    long number = Codes.of(constant);
    return switch (compare.op()) {
      case EQ -> number == bound;
      case LT -> number < bound;
      case LE -> number <= bound;
      case GT -> number > bound;
      case GE -> number >= bound;
      case STARTS_WITH -> throw new IllegalStateException("not a comparison of an enum");
    };
  }
}
