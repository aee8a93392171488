package dev.quarry.internal.lifecycle;

import dev.quarry.StoreClosedException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Leases on the open store. {@link #enter} and {@link #exit} never block: each adds to one of a few
 * padded counters. {@link #close} refuses new leases and waits until those held are given back, so
 * that native memory is freed behind the last user.
 *
 * <p>Soundness: a lease adds first and looks at the closed flag second; close sets the flag first
 * and reads the counters second. Both accesses are volatile, hence in one total order: either the
 * lease sees the flag and backs out, or close sees the lease and waits for it.
 */
public final class Guard {
  private static final int STRIPES = 16;
  private static final int PADDING = 16;

  private final AtomicLongArray counters = new AtomicLongArray((STRIPES + 1) * PADDING);
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
    int stripe = stripe();
    counters.getAndIncrement(stripe);
    if (closed.get()) {
      counters.getAndDecrement(stripe);
      return -1;
    }
    return stripe;
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

  /** Leases held now. */
  public long leases() {
    long sum = 0;
    for (int i = 1; i <= STRIPES; i++) {
      sum += counters.get(i * PADDING);
    }
    return sum;
  }

  @SuppressWarnings({"deprecation", "ThreadId"}) // Thread.threadId came with 19
  private static int stripe() {
    long id = Thread.currentThread().getId();
    return ((int) (id ^ (id >>> 4)) & (STRIPES - 1)) * PADDING + PADDING;
  }
}
