package dev.quarry.internal.read;

import dev.quarry.index.Postings;
import dev.quarry.internal.codec.Codes;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Order;
import java.util.ArrayList;
import java.util.Collections;
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
      if (!EnumParts.isAbout(field, part)) {
        others.add(part);
      }
    }
    List<Bucket> buckets = new ArrayList<>();
    for (Enum<?> constant : EnumParts.admitted(field, parts)) {
      long number = Codes.of(constant);
      buckets.add(
          new Bucket(
              order.descending() ? ~number : number,
              () -> candidates(view, others, field, constant, deadline)));
    }
    if (order.descending()) {
      Collections.reverse(buckets);
    }
    return buckets;
  }

  private static Postings candidates(
      View view, List<Condition> others, EnumField<?> field, Enum<?> constant, Deadline deadline) {
    List<Condition> all = new ArrayList<>(others);
    all.add(new Condition.Compare(field, Condition.Op.EQ, constant));
    return view.set(new Condition.And(all), deadline, false, null);
  }
}
