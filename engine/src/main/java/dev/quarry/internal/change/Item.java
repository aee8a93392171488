package dev.quarry.internal.change;

import dev.quarry.change.Change;
import java.util.List;

/**
 * The changes of one commit (of a part of it, or of several where they were conflated) that concern
 * a subscription. The list may be shared with others; the rest is used by the subscription's worker
 * only.
 */
final class Item {
  final List<Change> changes;

  /** The position once all changes are delivered. */
  final long through;

  /** Whether it came through the queue and counts there. */
  final boolean isQueued;

  /** Whether a commit of which it has changes, or which was begun before, has more behind it. */
  final boolean endsInside;

  /** The change to deliver next. */
  int next;

  Item(List<Change> changes, long through, boolean isQueued, boolean endsInside) {
    this.changes = changes;
    this.through = through;
    this.isQueued = isQueued;
    this.endsInside = endsInside;
  }

  int size() {
    return changes.size();
  }
}
