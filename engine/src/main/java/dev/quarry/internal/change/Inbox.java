package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions.Mode;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What waits in memory for one subscription: filled by the dispatcher, emptied by a worker, never
 * more than the capacity (or one commit, where that is larger).
 */
final class Inbox {
  private final Mode mode;
  private final int capacity;
  private final Queue<Item> queue = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Conflation> conflation = new AtomicReference<>();

  /** Items put in and not yet delivered, the one under delivery included. */
  private final AtomicInteger pending = new AtomicInteger();

  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicLong dropped = new AtomicLong();

  Inbox(Mode mode, int capacity) {
    this.mode = mode;
    this.capacity = capacity;
  }

  /** Adds the changes of a commit; false where there is no room, and nothing was added. */
  boolean offer(List<Change> more, long sequence) {
    return switch (mode) {
      case DURABLE -> offerWhole(more, sequence);
      case LATEST -> conflate(more, sequence);
      case LOSSY -> {
        offerLossy(more, sequence);
        yield true;
      }
    };
  }

  private boolean offerWhole(List<Change> more, long sequence) {
    int waiting = changes.get();
    if (waiting > 0 && waiting + more.size() > capacity) {
      return false;
    }
    enqueue(more, sequence);
    return true;
  }

  private void enqueue(List<Change> more, long sequence) {
    pending.incrementAndGet();
    changes.addAndGet(more.size());
    queue.add(new Item(more, sequence, true, false));
  }

  private void offerLossy(List<Change> more, long sequence) {
    int surplus = Math.max(0, more.size() - capacity);
    List<Change> kept = more.subList(surplus, more.size());
    dropped.addAndGet(surplus);
    while (changes.get() + kept.size() > capacity) {
      Item oldest = queue.poll();
      if (oldest == null) {
        break; // the rest is under delivery
      }
      dropped.addAndGet(oldest.size());
      done(oldest);
    }
    enqueue(kept, sequence);
  }

  private boolean conflate(List<Change> more, long sequence) {
    Conflation waiting = conflation.getAndSet(null); // whoever has it owns it
    if (waiting == null) {
      waiting = new Conflation();
      pending.incrementAndGet();
    }
    boolean fits = waiting.size() == 0 || waiting.sizeWith(more) <= capacity;
    if (fits) {
      dropped.addAndGet(waiting.add(more, sequence));
      changes.set(waiting.size());
    }
    conflation.set(waiting);
    return fits;
  }

  /** What to deliver next, or null. */
  Item poll() {
    if (mode != Mode.LATEST) {
      return queue.poll();
    }
    Conflation waiting = conflation.getAndSet(null);
    return waiting == null ? null : waiting.toItem(true, false);
  }

  /** An item was delivered, or dropped. */
  void done(Item item) {
    if (mode != Mode.LATEST) {
      changes.addAndGet(-item.size());
    }
    pending.decrementAndGet();
  }

  void countDropped(int n) {
    dropped.addAndGet(n);
  }

  long dropped() {
    return dropped.get();
  }

  /** Whether all that came in was delivered. */
  boolean isDone() {
    return pending.get() == 0;
  }

  /** Changes in memory, those under delivery included but for conflated ones. */
  int size() {
    return changes.get();
  }

  void clear() {
    queue.clear();
    conflation.set(null);
  }
}
