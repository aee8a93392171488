package dev.quarry.internal.write;

import dev.quarry.LimitExceededException;
import dev.quarry.internal.lifecycle.Interrupts;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/** Waits for a writer's lock, for ever or so long. */
final class Patience {
  private Patience() {}

  /** Takes the lock; null waits for ever. An interrupt is kept for later. */
  static void lock(Lock lock, Duration patience) {
    if (patience == null) {
      lock.lock();
    } else if (!tryLock(lock, Interrupts.nanos(patience))) {
      throw new LimitExceededException(
          "other writes did not let this one begin in time, and nothing was done; try again, or"
              + " allow more (Limits.open)",
          Map.of("what", "commits under way", "acquireTimeout", patience));
    }
  }

  private static boolean tryLock(Lock lock, long nanos) {
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return lock.tryLock(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
