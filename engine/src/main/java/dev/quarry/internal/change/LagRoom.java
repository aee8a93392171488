package dev.quarry.internal.change;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Room for the changes that the lagging subscriptions of a feed have read and not yet delivered.
 * Each gets a part of what is free, so that one alone has what it wants and a thousand together
 * hold no more than {@link #MOST} and a few each. Thread-safe, without locks.
 */
final class LagRoom {
  /** Changes of all together, but for the {@link #LEAST} that nobody is refused. */
  static final int MOST = 32_768;

  /** Changes that one may always hold. */
  static final int LEAST = 16;

  private static final int SHARE = 16;

  private final AtomicInteger taken = new AtomicInteger();

  /** Takes room for {@code wanted} changes or less, but for one at least; tells for how many. */
  int take(int wanted) {
    while (true) {
      int before = taken.get();
      int room = Math.min(wanted, Math.max(LEAST, (MOST - before) / SHARE));
      if (taken.compareAndSet(before, before + room)) {
        return room;
      }
    }
  }

  void giveBack(int room) {
    taken.addAndGet(-room);
  }

  /** For how many changes it is taken. */
  int taken() {
    return taken.get();
  }
}
