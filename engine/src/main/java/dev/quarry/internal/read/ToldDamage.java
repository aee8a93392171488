package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import java.util.HashSet;
import java.util.Set;

/**
 * The damage that a read of several steps has told of: each throws once, and is passed over from
 * then on. Holds an entry for each. Not thread-safe.
 */
public final class ToldDamage {
  private final Set<Long> places = new HashSet<>();

  /** Throws where this place is new. */
  public void tell(long ordinal, CorruptionException damage) {
    if (places.add(ordinal)) {
      throw damage;
    }
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
