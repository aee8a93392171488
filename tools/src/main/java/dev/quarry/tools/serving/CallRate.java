package dev.quarry.tools.serving;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Admits at most so many calls in any minute: it keeps the times of the last ones, and a call must
 * be a minute behind the one that many before it. Thread-safe.
 */
final class CallRate {
  private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final long[] times;
  private long admitted;

  CallRate(int calls) {
    times = new long[calls];
  }

  /** Admits a call and returns 0, or returns the nanoseconds until one would be admitted. */
  long take(long now) {
    lock.lock();
    try {
      int place = (int) (admitted % times.length);
      if (admitted >= times.length) {
        long wait = times[place] + PERIOD_NANOS - now;
        if (wait > 0) {
          return wait;
        }
      }
      times[place] = now;
      admitted++;
      return 0;
    } finally {
      lock.unlock();
    }
  }
}
