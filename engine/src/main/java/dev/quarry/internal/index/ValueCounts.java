package dev.quarry.internal.index;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * How many tasks have each value of a field, in the field's order. Immutable. It keeps numbers in
 * an array and makes entries as they are asked for: a field may have thousands of values.
 */
public final class ValueCounts extends AbstractMap<Object, Long> {
  private final Object[] values;
  private final long[] counts;
  private final Comparator<Object> order;

  /** Takes the arrays over; the values rise strictly in the order, null last. */
  ValueCounts(Object[] values, long[] counts, Comparator<Object> order) {
    this.values = values;
    this.counts = counts;
    this.order = order;
  }

  @Override
  public int size() {
    return values.length;
  }

  @Override
  public Long get(Object key) {
    int at = find(key);
    return at < 0 ? null : (Long) counts[at];
  }

  @Override
  public boolean containsKey(Object key) {
    return find(key) >= 0;
  }

  private int find(Object key) {
    // all values but null are of one class; nothing else can be compared with them, nor is a key
    if (values.length == 0 || (key != null && !key.getClass().isInstance(values[0]))) {
      return -1;
    }
    int low = 0;
    int high = values.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int c = order.compare(values[middle], key);
      if (c == 0) {
        return middle;
      }
      if (c < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  @Override
  public Set<Map.Entry<Object, Long>> entrySet() {
    return new Entries();
  }

  private final class Entries extends AbstractSet<Map.Entry<Object, Long>> {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public Iterator<Map.Entry<Object, Long>> iterator() {
      return new Iterator<>() {
        private int at;

        @Override
        public boolean hasNext() {
          return at < values.length;
        }

        @Override
        public Map.Entry<Object, Long> next() {
          if (at >= values.length) {
            throw new NoSuchElementException();
          }
          return new SimpleImmutableEntry<>(values[at], counts[at++]);
        }
      };
    }
  }
}
