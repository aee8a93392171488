package dev.quarry.internal.lifecycle;

import dev.quarry.StoreClosedException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Leases on the open store. {@link #enter} and {@link #exit} never block: each adds to one of a few
 * padded counters. {@link #close} refuses new leases and waits until those held are given back, so
 * that native memory is freed behind the last user.
 *
 * <p>Soundness: a lease adds first and looks at the closed flag second; close sets the flag first
 * and reads the counters second. Both accesses are volatile, hence in one total order: either the
 * lease sees the flag and backs out, or close sees the lease and waits for it.
 *
 * <p>There are two sets of counters, of which new leases use one in turn, so that {@link
 * #awaitPassed} can wait for the leases that are held now and not for all that come. It needs of
 * each set that it was seen empty once: whoever held a lease before had added to one of them, and
 * that the set is empty says that he has gone. Turning only sees to it that a set does become empty
 * beside readers that never pause. A lease that chose its set before a turn and adds to it after
 * does no harm: that it was not seen says that it began later.
 */
public final class Guard {
  private static final int STRIPES = 16;
  private static final int PADDING = 16;

  /** Counters of a set: the stripes, then the one of those who work within the store. */
  private static final int COUNTERS = STRIPES + 1;

  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private final AtomicLongArray counters = new AtomicLongArray((2 * COUNTERS + 1) * PADDING);

  /** Which set new leases use: 0 or 1. */
  private volatile int turn;

  private final AtomicBoolean closed = new AtomicBoolean();
  private final String what;

  /** A guard whose exceptions name {@code what}. */
  public Guard(String what) {
    this.what = what;
  }

  /** Takes a lease, or throws {@link StoreClosedException}; the token goes to {@link #exit}. */
  public int enter() {
    int token = tryEnter();
    if (token < 0) {
      throw closedException();
    }
    return token;
  }

  /** Takes a lease; a negative token, which is not given back, where the store is closed. */
  public int tryEnter() {
    int counter = counter(turn, stripe());
    counters.getAndIncrement(counter);
    if (closed.get()) {
      counters.getAndDecrement(counter);
      return -1;
    }
    return counter;
  }

  /**
   * Takes a lease for work that close ends by itself: never refused, and close does not wait for
   * it, but {@link #awaitPassed} does.
   */
  public int enterWithin() {
    int counter = counter(turn, STRIPES);
    counters.getAndIncrement(counter);
    return counter;
  }

  /** Gives a lease back. */
  public void exit(int token) {
    counters.getAndDecrement(token);
  }

  /** Whether close was called. */
  public boolean isClosed() {
    return closed.get();
  }

  /** The exception for a use after close. */
  public StoreClosedException closedException() {
    return new StoreClosedException("it is closed and can no longer be used", Map.of("what", what));
  }

  /** Refuses new leases; true for the first call. */
  public boolean close() {
    return closed.compareAndSet(false, true);
  }

  /** Waits until no lease is held; after {@link #close}. An interrupt is kept for later. */
  public void awaitIdle() {
    boolean interrupted = false;
    while (leases() > 0) {
      LockSupport.parkNanos(20_000);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until every lease that is held now has been given back, while {@code goOn} says so; false
   * where it no longer does. It may wait for some that are taken meanwhile, but however many come,
   * it ends. One thread at a time; its interrupts are dropped.
   */
  public boolean awaitPassed(BooleanSupplier goOn) {
    for (int i = 0; i < 2; i++) {
      int set = turn;
      turn = 1 - set;
      long pause = 20_000;
      while (!isEmpty(set)) {
        if (!goOn.getAsBoolean()) {
          return false;
        }
        LockSupport.parkNanos(pause);
        // an interrupt meant for nobody would turn every later park into a spin
        Thread.interrupted();
        pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
      }
    }
    return true;
  }

  private boolean isEmpty(int set) {
    for (int i = 0; i < COUNTERS; i++) {
      if (counters.get(counter(set, i)) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Leases held now, but for those within. */
  public long leases() {
    long sum = 0;
    for (int i = 0; i < STRIPES; i++) {
      sum += counters.get(counter(0, i)) + counters.get(counter(1, i));
    }
    return sum;
  }

  private static int counter(int set, int number) {
    return (set * COUNTERS + number + 1) * PADDING;
  }

  @SuppressWarnings({"deprecation", "ThreadId"}) // Thread.threadId came with 19
  private static int stripe() {
    long id = Thread.currentThread().getId();
    return (int) (id ^ (id >>> 4)) & (STRIPES - 1);
  }
}
