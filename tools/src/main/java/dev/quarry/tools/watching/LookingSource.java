package dev.quarry.tools.watching;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Says every so often that anything may have changed. */
final class LookingSource implements WatchSource {
  private final long everyNanos;
  private long next;

  LookingSource(Duration every) {
    everyNanos = every.toNanos();
    next = System.nanoTime() + everyNanos;
  }

  @Override
  public Signal await(Duration most) throws InterruptedException {
    long wait = Math.min(most.toNanos(), next - System.nanoTime());
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
    if (System.nanoTime() - next < 0) {
      return Signal.NOTHING;
    }
    // counted from the end of a look: a folder that takes longer than that still lets others work
    next = System.nanoTime() + everyNanos;
    return Signal.OVERFLOW;
  }

  @Override
  public void close() {
    // nothing is held
  }
}
