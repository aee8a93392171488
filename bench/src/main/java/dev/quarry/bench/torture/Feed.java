package dev.quarry.bench.torture;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.change.Change;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Follows the change feed over all lives and keeps what the tasks are by it, so that a gap or a
 * double shows. Not thread-safe.
 */
final class Feed {
  private static final int PAGE = 500;
  private static final int REMEMBERED = 40_000;

  private final Map<String, Task> tasks = new HashMap<>();
  private final List<String> order = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private int delivered = -1;
  private long sequence;

  long sequence() {
    return sequence;
  }

  /** Reads on, and compares what the feed has told with what the store holds. */
  void follow(TaskStore store) {
    for (List<Change> page = store.changesAfter(sequence, PAGE);
        !page.isEmpty();
        page = store.changesAfter(sequence, PAGE)) {
      Set<String> commit = new HashSet<>();
      for (Change change : page) {
        if (change.sequence() > sequence) {
          commit.clear();
        }
        if (change.sequence() < sequence || !commit.add(change.id())) {
          throw new WrongAnswerException("the feed tells twice of " + change);
        }
        take(change);
      }
    }
    Map<String, Task> there = new HashMap<>();
    store.forEachChunk(Query.all(), 1_000, chunk -> chunk.forEach(t -> there.put(t.id(), t)));
    Set<String> ids = new HashSet<>(there.keySet());
    ids.addAll(tasks.keySet());
    for (String id : ids) {
      if (!same(tasks.get(id), there.get(id))) {
        throw new WrongAnswerException(
            "by the feed " + id + " is " + tasks.get(id) + ", in the store " + there.get(id));
      }
    }
  }

  private void take(Change change) {
    Task before = tasks.get(change.id());
    if (!same(before, change.before())) {
      throw new WrongAnswerException(
          "the feed left out a change of "
              + change.id()
              + " before sequence "
              + change.sequence()
              + ": it was "
              + before
              + ", then is changed from "
              + change.before());
    }
    Task after = change.after();
    if (after == null ? before == null : after.version() != change.sequence()) {
      throw new WrongAnswerException("the feed tells of no change, or of another's: " + change);
    }
    if (after == null) {
      tasks.remove(change.id());
    } else {
      tasks.put(change.id(), after);
    }
    sequence = change.sequence();
    String key = key(change.sequence(), change.id());
    places.put(key, order.size());
    order.add(key);
    if (order.size() > 2 * REMEMBERED) {
      forget();
    }
  }

  private void forget() {
    order.subList(0, REMEMBERED).clear();
    places.clear();
    for (int i = 0; i < order.size(); i++) {
      places.put(order.get(i), i);
    }
    delivered -= REMEMBERED;
  }

  private static boolean same(Task a, Task b) {
    return Objects.equals(a, b) && (a == null || a.version() == b.version());
  }

  private static String key(long sequence, String id) {
    return sequence + " " + id;
  }

  /** Every acknowledged write ({@code SEQUENCE ID}) must have come by. */
  void checkAcknowledged(List<String> writes) {
    for (String write : writes) {
      if (!places.containsKey(write)) {
        throw new WrongAnswerException("the acknowledged write `" + write + "` is not in the feed");
      }
    }
  }

  /** What a named subscription was handed in one life must go on where the last one ended. */
  void checkDelivered(List<String> deliveries) {
    int previous = -1;
    for (String delivery : deliveries) {
      Integer place = places.get(delivery);
      boolean follows =
          place != null && (previous < 0 ? place <= delivered + 1 : place == previous + 1);
      if (!follows) {
        throw new WrongAnswerException(
            "the subscription was handed `"
                + delivery
                + "` at place "
                + place
                + ", behind place "
                + (previous < 0 ? "of its last life " + delivered : previous));
      }
      previous = place;
    }
    delivered = Math.max(delivered, previous);
  }
}
