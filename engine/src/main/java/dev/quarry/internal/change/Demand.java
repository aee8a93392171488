package dev.quarry.internal.change;

import java.util.concurrent.atomic.AtomicLong;

/** How many changes a subscriber still wants. Thread-safe. */
final class Demand {
  private final AtomicLong wanted = new AtomicLong();

  /** Adds to it; beyond the largest number it means without end. */
  void add(long n) {
    wanted.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
  }

  boolean isNone() {
    return wanted.get() == 0;
  }

  void take() {
    wanted.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
  }
}
