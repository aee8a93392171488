package dev.quarry.internal.codec;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;

/** An immutable map over an array of names and values in turn, sorted by name. */
final class PairMap extends AbstractMap<String, String> {
  static final PairMap EMPTY = new PairMap(new String[0]);

  private final String[] pairs;

  /** Takes the array over: names strictly rising by {@link String#compareTo}. */
  PairMap(String[] pairs) {
    this.pairs = pairs;
  }

  @Override
  public int size() {
    return pairs.length / 2;
  }

  @Override
  public String get(Object key) {
    if (!(key instanceof String name)) {
      return null;
    }
    int low = 0;
    int high = pairs.length / 2 - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = pairs[2 * middle].compareTo(name);
      if (order == 0) {
        return pairs[2 * middle + 1];
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  @Override
  public boolean containsKey(Object key) {
    return get(key) != null;
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super String> action) {
    for (int i = 0; i < pairs.length; i += 2) {
      action.accept(pairs[i], pairs[i + 1]);
    }
  }

  @Override
  public Set<Map.Entry<String, String>> entrySet() {
    return new Entries();
  }

  private final class Entries extends AbstractSet<Map.Entry<String, String>> {
    @Override
    public int size() {
      return pairs.length / 2;
    }

    @Override
    public Iterator<Map.Entry<String, String>> iterator() {
      return new Iterator<>() {
        private int at;

        @Override
        public boolean hasNext() {
          return at < pairs.length;
        }

        @Override
        public Map.Entry<String, String> next() {
          if (at >= pairs.length) {
            throw new NoSuchElementException();
          }
          at += 2;
          return Map.entry(pairs[at - 2], pairs[at - 1]);
        }
      };
    }
  }
}
