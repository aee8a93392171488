package dev.quarry;

import java.util.List;

/**
 * A bounded part of a result.
 *
 * @param <T> type of the items
 * @param items in the query's order; immutable
 * @param continuation where to go on; {@link Continuation#END} exactly when {@code stopReason} is
 *     {@link StopReason#EXHAUSTED}
 * @param stopReason why the page ended
 */
public record Page<T>(List<T> items, Continuation continuation, StopReason stopReason) {
  /** Copies the list. */
  public Page {
    items = List.copyOf(items);
  }

  /** Whether there is more. */
  public boolean hasNext() {
    return stopReason != StopReason.EXHAUSTED;
  }
}
