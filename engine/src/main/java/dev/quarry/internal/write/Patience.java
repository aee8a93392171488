package dev.quarry.internal.write;

import dev.quarry.LimitExceededException;
import dev.quarry.internal.lifecycle.Interrupts;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.LongSupplier;

/**
 * How long a call waits for other writers, in all: for ever, or so long. What it does between two
 * waits does not count. For one thread.
 */
public final class Patience {
  /** Waits for ever. */
  public static final Patience ENDLESS = new Patience(null);

  private final Duration limit;
  private final LongSupplier nanoTime;
  private long waited;

  private Patience(Duration limit) {
    this(limit, System::nanoTime);
  }

  /** By another clock than the system's. */
  Patience(Duration limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
  }

  /** So long. */
  public static Patience of(Duration limit) {
    return new Patience(limit);
  }

  /**
   * Takes a writer's lock. An interrupt is kept for later.
   *
   * @throws LimitExceededException if it is not free in time
   */
  void lock(Lock lock) {
    if (limit == null) {
      lock.lock();
    } else {
      take(lock::tryLock);
    }
  }

  /** As {@link #lock}, for the only permit of another who writes. */
  public void acquire(Semaphore permit) {
    if (limit == null) {
      permit.acquireUninterruptibly();
    } else {
      take(permit::tryAcquire);
    }
  }

  private interface Taking {
    boolean take(long time, TimeUnit unit) throws InterruptedException;
  }

  private void take(Taking what) {
    if (!isTaken(what)) {
      throw new LimitExceededException(
          "other writes did not let this one begin in time, and nothing was done; try again, or"
              + " allow more (Limits.open)",
          Map.of("what", "commits under way", "acquireTimeout", limit));
    }
  }

  private boolean isTaken(Taking what) {
    long begin = nanoTime.getAsLong();
    long end = begin + Interrupts.nanos(limit) - waited;
    try {
      return Interrupts.outlast(
          () -> what.take(Math.max(0, end - nanoTime.getAsLong()), TimeUnit.NANOSECONDS));
    } finally {
      waited += nanoTime.getAsLong() - begin;
    }
  }
}
