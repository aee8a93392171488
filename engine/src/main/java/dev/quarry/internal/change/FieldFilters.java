package dev.quarry.internal.change;

import dev.quarry.internal.codec.TextOrder;
import dev.quarry.query.Field;
import dev.quarry.query.TextField;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Filters by their {@link FilterPlace} in one field. A look-up costs a few steps, one more for each
 * length of prefix there is, and the filters found. Not thread-safe.
 *
 * @param <F> the filters
 */
final class FieldFilters<F> {
  private final Map<Object, Set<F>> equal = new HashMap<>();
  private final Map<Object, Set<F>> prefixes = new HashMap<>();
  private final NavigableMap<Integer, Integer> lengths = new TreeMap<>();
  private final NavigableMap<Object, Set<F>> atMost;
  private final NavigableMap<Object, Set<F>> atLeast;

  FieldFilters(Field<?> field) {
    // null is the order of the values themselves, which are microseconds or hours
    Comparator<Object> order =
        field instanceof TextField ? (a, b) -> TextOrder.compare((String) a, (String) b) : null;
    atMost = new TreeMap<>(order);
    atLeast = new TreeMap<>(order);
  }

  void add(FilterPlace place, F filter) {
    Set<F> there = map(place).computeIfAbsent(place.value(), v -> new LinkedHashSet<>());
    if (there.isEmpty() && place.kind() == FilterPlace.Kind.PREFIX) {
      lengths.merge(length(place), 1, Integer::sum);
    }
    there.add(filter);
  }

  void remove(FilterPlace place, F filter) {
    Set<F> there = map(place).get(place.value());
    there.remove(filter);
    if (there.isEmpty()) {
      map(place).remove(place.value());
      if (place.kind() == FilterPlace.Kind.PREFIX) {
        lengths.merge(length(place), -1, (n, less) -> n + less == 0 ? null : n + less);
      }
    }
  }

  private static int length(FilterPlace place) {
    return ((String) place.value()).length();
  }

  private Map<Object, Set<F>> map(FilterPlace place) {
    return switch (place.kind()) {
      case EQUAL -> equal;
      case PREFIX -> prefixes;
      case AT_MOST -> atMost;
      case AT_LEAST -> atLeast;
    };
  }

  boolean isEmpty() {
    return equal.isEmpty() && prefixes.isEmpty() && atMost.isEmpty() && atLeast.isEmpty();
  }

  /** Those with a place where a task with this value is; some may come twice. */
  void find(Object value, Consumer<F> found) {
    equal.getOrDefault(value, Set.of()).forEach(found);
    for (int length : lengths.keySet()) {
      String text = (String) value;
      if (length > text.length()) {
        break;
      }
      prefixes.getOrDefault(text.substring(0, length), Set.of()).forEach(found);
    }
    if (!atMost.isEmpty()) {
      atMost.tailMap(value, true).values().forEach(filters -> filters.forEach(found));
    }
    if (!atLeast.isEmpty()) {
      atLeast.headMap(value, true).values().forEach(filters -> filters.forEach(found));
    }
  }
}
