package dev.quarry.internal.lifecycle;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** What one thread at a time may use: a second one is refused and does not wait. Thread-safe. */
public final class OneThread {
  private final AtomicBoolean inUse = new AtomicBoolean();

  /**
   * Runs a step of a cursor.
   *
   * @throws IllegalStateException if another thread is in one
   */
  public <R> R step(Supplier<R> work) {
    if (!inUse.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "a cursor is for one thread at a time; open one for each, or use forEachParallel");
    }
    try {
      return work.get();
    } finally {
      inUse.set(false);
    }
  }
}
