package dev.quarry.internal.lifecycle;

import dev.quarry.StoreClosedException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A native resource that was handed out: a cursor's or snapshot's. Uses of it are counted; the last
 * one to leave after {@link #close} frees it, so that no close, from whichever thread, frees memory
 * under a reader. Never blocks. Thread-safe.
 */
public final class Handle implements AutoCloseable {
  private static final int CLOSED = Integer.MIN_VALUE;

  private final AtomicInteger uses = new AtomicInteger();
  private final AtomicLong lastUse = new AtomicLong(System.nanoTime());
  private volatile String end = "it is closed and can no longer be used";
  private final String what;
  private final Throwable creation;
  private final Runnable free;

  /**
   * A handle.
   *
   * @param what names it in messages
   * @param creation where it was made, or null where that is not kept
   * @param free frees the resource, called exactly once
   */
  public Handle(String what, Throwable creation, Runnable free) {
    this.what = what;
    this.creation = creation;
    this.free = free;
  }

  /** Begins a use, or throws {@link StoreClosedException}. */
  public void enter() {
    int now = uses.get();
    while (true) {
      if (now < 0) {
        throw new StoreClosedException(end, Map.of("what", what));
      }
      int seen = uses.compareAndExchange(now, now + 1);
      if (seen == now) {
        return;
      }
      now = seen;
    }
  }

  /** Ends a use. */
  public void exit() {
    lastUse.lazySet(System.nanoTime());
    if (uses.decrementAndGet() == CLOSED) {
      free.run();
    }
  }

  /** Refuses further uses and frees the resource as soon as nobody uses it. Idempotent. */
  @Override
  public void close() {
    int now = uses.get();
    while (now >= 0) {
      int seen = uses.compareAndExchange(now, now + CLOSED);
      if (seen == now) {
        if (now == 0) {
          free.run();
        }
        return;
      }
      now = seen;
    }
  }

  /** For how long nobody has used it; 0 while it is in use. */
  long idleNanos(long now) {
    return uses.get() == 0 ? now - lastUse.get() : 0;
  }

  /** As {@link #close}; whoever uses it afterwards is told this reason. */
  void close(String reason) {
    end = reason;
    close();
  }

  /** Whether close was called. */
  public boolean isClosed() {
    return uses.get() < 0;
  }

  /** What it is. */
  public String what() {
    return what;
  }

  /** Where it was made, or null. */
  public Throwable creation() {
    return creation;
  }
}
