package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The damage that a read of several steps has told of: each throws once, and is passed over from
 * then on. Holds an entry for each. Not thread-safe.
 */
public final class ToldDamage {
  private final Set<Long> places = new HashSet<>();
  private final TreeMap<Long, Long> stretches = new TreeMap<>();

  /** Throws where this place is new. */
  public void tell(long ordinal, CorruptionException damage) {
    if (places.add(ordinal)) {
      throw damage;
    }
  }

  /**
   * Throws where a walk has met damage in no stretch that was told of; else tells that one's end.
   *
   * @param behind where the stretch ends, if it is new
   */
  long tell(long from, long behind, CorruptionException damage) {
    Map.Entry<Long, Long> before = stretches.floorEntry(from);
    if (before != null && from < before.getValue()) {
      return before.getValue();
    }
    stretches.put(from, behind);
    throw damage;
  }

  /** Passes over a place that something else tells of. */
  void pass(long ordinal) {
    places.add(ordinal);
  }

  /** Whether a place is passed over. */
  boolean contains(long ordinal) {
    return !places.isEmpty() && places.contains(ordinal);
  }
}
