package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.KeyBuffer;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Order;
import dev.quarry.query.TextField;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How an ordered index serves a query: its first parts are fixed by equality, the rest is the
 * wanted order, forwards or backwards, and comparisons of the first part that is not fixed bound
 * the walk.
 *
 * @param entry the index
 * @param fixed the equalities of the prefix
 * @param decided conditions that the bounds decide exactly
 * @param keyPrefix bytes of the fixed parts, without the index's number
 * @param lower first key
 * @param upper key behind the last, or null
 * @param reverse whether the order is the opposite of the index's
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record OrderedMatch(
    IndexCatalog.Entry entry,
    List<Condition> fixed,
    List<Condition> decided,
    byte[] keyPrefix,
    byte[] lower,
    byte[] upper,
    boolean reverse) {

  boolean decides(Condition part) {
    return decided.contains(part);
  }

  /** The match, or null. A query without an order goes by ordinal, which no index delivers. */
  static OrderedMatch of(IndexCatalog.Entry entry, List<Condition> parts, List<Order> order) {
    if (entry.isOfReady() && !parts.contains(Condition.ready())) {
      return null;
    }
    List<Order> index = entry.spec().parts();
    // an equality may fix a field by which the query also orders; try the longest prefix only
    int k = 0;
    while (k < index.size() && equality(parts, index.get(k).field()) != null) {
      k++;
    }
    if (k == index.size() || index.size() - k != order.size()) {
      return null;
    }
    boolean reverse = index.get(k).descending() != order.get(0).descending();
    for (int i = 0; i < order.size(); i++) {
      Order have = index.get(k + i);
      if (!have.field().equals(order.get(i).field())
          || (have.descending() != order.get(i).descending()) != reverse) {
        return null;
      }
    }
    KeyBuffer prefix = new KeyBuffer();
    List<Condition> fixed = new ArrayList<>();
    for (Order part : index.subList(0, k)) {
      Condition.Compare equality = equality(parts, part.field());
      OrderedKeys.append(prefix, part, equality.value());
      fixed.add(equality);
    }
    return bounded(entry, parts, fixed, prefix.toBytes(), index.get(k), reverse);
  }

  private static Condition.Compare equality(List<Condition> parts, Field<?> field) {
    for (Condition part : parts) {
      if (part instanceof Condition.Compare c
          && c.op() == Condition.Op.EQ
          && c.field().equals(field)) {
        return c;
      }
    }
    return null;
  }

  private static OrderedMatch bounded(
      IndexCatalog.Entry entry,
      List<Condition> parts,
      List<Condition> fixed,
      byte[] keyPrefix,
      Order ranged,
      boolean reverse) {
    byte[] prefix = Ranges.concat(OrderedEntries.prefix(entry.number()), keyPrefix);
    byte[] lower = prefix;
    byte[] upper = OrderedKeys.successor(prefix);
    List<Condition> decided = new ArrayList<>();
    if (entry.isOfReady()) {
      decided.add(Condition.ready());
    }
    for (Condition f : fixed) {
      if (exact((Condition.Compare) f)) {
        decided.add(f);
      }
    }
    for (Condition part : parts) {
      if (part instanceof Condition.Compare c && c.field().equals(ranged.field())) {
        // bounds are never too narrow: what a key cannot tell is tested on the task
        lower = Ranges.larger(lower, OrderedKeys.lowerBound(prefix, ranged, c.op(), c.value()));
        upper = Ranges.smaller(upper, OrderedKeys.upperBound(prefix, ranged, c.op(), c.value()));
      }
    }
    return new OrderedMatch(entry, fixed, decided, keyPrefix, lower, upper, reverse);
  }

  /** Whether a key equals that of the value only where the task's value equals it. */
  private static boolean exact(Condition.Compare equality) {
    return equality.value() instanceof Instant time
        ? IndexedFields.instant(IndexedFields.micros(time)).equals(time)
        : !(equality.field() instanceof TextField);
  }
}
