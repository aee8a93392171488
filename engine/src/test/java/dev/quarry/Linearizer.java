package dev.quarry;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Decides whether the calls of several threads, each with its begin and end, can have taken place
 * one at a time in some order that respects who ended before whom began (after Wing and Gong, with
 * the states tried remembered).
 *
 * @param <S> the state, immutable, with equals
 */
final class Linearizer<S> {
  /**
   * A call.
   *
   * @param begin when it began, on a clock that all calls share
   * @param end when it ended
   * @param text for messages
   * @param step the state behind the call; null if it cannot have answered so
   * @param answer what it answered
   */
  record Call<S>(long begin, long end, String text, BiFunction<S, String, S> step, String answer) {
    S next(S state) {
      return step.apply(state, answer);
    }
  }

  private record Tried<S>(long done, S state) {}

  private final List<Call<S>> calls;
  private final Set<Tried<S>> tried = new HashSet<>();

  /** At most 63 calls. */
  Linearizer(List<Call<S>> calls) {
    this.calls = calls;
  }

  boolean holds(S first) {
    return search(0, first);
  }

  private boolean search(long done, S state) {
    if (done == (1L << calls.size()) - 1) {
      return true;
    }
    if (!tried.add(new Tried<>(done, state))) {
      return false;
    }
    long firstEnd = Long.MAX_VALUE;
    for (int i = 0; i < calls.size(); i++) {
      if ((done & (1L << i)) == 0) {
        firstEnd = Math.min(firstEnd, calls.get(i).end());
      }
    }
    for (int i = 0; i < calls.size(); i++) {
      boolean open = (done & (1L << i)) == 0;
      if (open && calls.get(i).begin() <= firstEnd) {
        S next = calls.get(i).next(state);
        if (next != null && search(done | (1L << i), next)) {
          return true;
        }
      }
    }
    return false;
  }
}
