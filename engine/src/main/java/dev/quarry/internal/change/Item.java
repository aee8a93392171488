package dev.quarry.internal.change;

import dev.quarry.change.Change;
import java.util.List;

/**
 * The changes of one commit (of several, where they were conflated) that concern a subscription.
 * The list may be shared with others; the rest is used by the subscription's worker only.
 */
final class Item {
  final List<Change> changes;

  /** The position once all changes are delivered. */
  final long through;

  /** Whether it came through the queue and counts there. */
  final boolean isQueued;

  /** The change to deliver next. */
  int next;

  Item(List<Change> changes, long through, boolean isQueued) {
    this.changes = changes;
    this.through = through;
    this.isQueued = isQueued;
  }

  int size() {
    return changes.size();
  }
}
