package dev.quarry.internal.change;

import dev.quarry.change.Change;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest change of each task since the last delivery. Not thread-safe: owned by whoever took
 * it.
 */
final class Conflation {
  private final Map<String, Change> byId = new LinkedHashMap<>();

  /** The last commit that went in to its end. */
  long through;

  /** How many distinct tasks wait. */
  int size() {
    return byId.size();
  }

  /** How many there would be with these. */
  int sizeWith(List<Change> changes) {
    int more = 0;
    for (Change change : changes) {
      more += byId.containsKey(change.id()) ? 0 : 1;
    }
    return byId.size() + more;
  }

  /**
   * Adds changes that lead to {@code sequence}; returns how many changes were replaced or cancelled
   * out.
   */
  int add(List<Change> changes, long sequence) {
    int replaced = 0;
    for (Change change : changes) {
      Change older = byId.remove(change.id()); // and again at the end: order of the last change
      if (older == null) {
        byId.put(change.id(), change);
        continue;
      }
      replaced++;
      if (older.before() == null && change.after() == null) {
        replaced++; // came and went unseen
      } else {
        byId.put(change.id(), join(older, change));
      }
    }
    through = sequence;
    return replaced;
  }

  private static Change join(Change older, Change newer) {
    return new Change(
        newer.sequence(),
        newer.at(),
        Events.kind(older.before(), newer.after()),
        newer.cause(),
        newer.actor(),
        newer.id(),
        older.before(),
        newer.after());
  }

  /** What waits, as one delivery. */
  Item toItem(boolean isQueued, boolean endsInside) {
    return new Item(new ArrayList<>(byId.values()), through, isQueued, endsInside);
  }
}
