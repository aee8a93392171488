package dev.quarry.internal.index;

import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.TextOrder;
import dev.quarry.query.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The values of the terms that a field has had, decoded, in the field's order. Immutable. */
public final class TermList {
  private final long epoch;
  private final int number;
  private final int newest;
  private final int[] termIds;
  private final Object[] values;
  private final boolean exact;

  private record Term(int id, Object value) {}

  private TermList(long epoch, int number, int newest, List<Term> sorted, boolean exact) {
    this.epoch = epoch;
    this.number = number;
    this.newest = newest;
    this.exact = exact;
    termIds = sorted.stream().mapToInt(Term::id).toArray();
    values = sorted.stream().map(Term::value).toArray();
  }

  /** Reads the terms, of which {@code newest} was the newest before; not more than {@code most}. */
  static TermList read(
      PostingIndex index, long epoch, int newest, int number, Field<?> field, int most) {
    int[] ids = index.terms(number, most + 1);
    if (ids.length > most) {
      return new TermList(epoch, number, newest, List.of(), false);
    }
    List<Term> terms = new ArrayList<>(ids.length);
    for (int id : ids) {
      byte[] bytes = index.termValue(id);
      if (bytes == null || Terms.isDigest(bytes)) {
        return new TermList(epoch, number, newest, List.of(), false);
      }
      terms.add(new Term(id, Terms.termValue(field, bytes)));
    }
    Comparator<Object> order = order(field);
    terms.sort((a, b) -> order.compare(a.value, b.value));
    return new TermList(epoch, number, newest, terms, true);
  }

  /** The field's order, and in full those texts that it holds for equal, being long. */
  public static Comparator<Object> order(Field<?> field) {
    return (a, b) -> {
      int c = OrderedKeys.compareValues(field, a, b);
      return c == 0 && a instanceof String x && b instanceof String y ? TextOrder.compare(x, y) : c;
    };
  }

  boolean isOf(long wantedEpoch, int wantedNumber, int wantedNewest) {
    return epoch == wantedEpoch && number == wantedNumber && newest == wantedNewest;
  }

  /** Whether every term can be told from its value, and there are not too many. */
  public boolean isExact() {
    return exact;
  }

  /** How many tasks have each value now, without those that none has. */
  public ValueCounts counts(PostingIndex index, Comparator<Object> order) {
    long[] counts = new long[termIds.length];
    index.cardinalities(termIds, counts);
    int n = 0;
    while (n < counts.length && counts[n] > 0) {
      n++;
    }
    if (n == counts.length) {
      return new ValueCounts(values, counts, order);
    }
    Object[] kept = Arrays.copyOf(values, values.length);
    for (int i = n; i < counts.length; i++) {
      if (counts[i] > 0) {
        kept[n] = values[i];
        counts[n++] = counts[i];
      }
    }
    return new ValueCounts(Arrays.copyOf(kept, n), Arrays.copyOf(counts, n), order);
  }
}
