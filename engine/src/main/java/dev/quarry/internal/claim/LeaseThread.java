package dev.quarry.internal.claim;

import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.write.Patience;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that ends leases when their time has come. It sleeps until the next one, or until it
 * is woken for an earlier one; it starts with the first.
 */
final class LeaseThread implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseThread.class);

  /** How soon it notices that the clock was set; also the rest after a failure. */
  private static final long LONGEST_SLEEP_MILLIS = 60_000;

  private final Leases leases;
  private final Guard guard;
  private final Thread thread;
  private boolean started;
  private volatile boolean stopped;

  LeaseThread(Leases leases, Guard guard) {
    this.leases = leases;
    this.guard = guard;
    // no inherited thread locals, no class loader kept
    this.thread = new Thread(null, this, "quarry-leases", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
  }

  /** Lets it look anew when the next lease ends. Inside a commit in the making, or before any. */
  void wake() {
    if (!started) {
      thread.start();
      started = true;
    }
    LockSupport.unpark(thread);
  }

  @Override
  public void run() {
    while (!stopped) {
      try {
        round();
      } catch (RuntimeException | Error e) {
        // whatever it was: with this thread leases would no longer end by themselves
        LOG.warn(
            "leases that have run out could not be ended; they will be, on a claim or later", e);
        park(LONGEST_SLEEP_MILLIS);
      }
    }
  }

  private void round() {
    long next = leases.next();
    long now = leases.nowMillis();
    if (next == LeaseTimers.NEVER) {
      park(Long.MAX_VALUE);
    } else if (next
        > now) { // compared, not subtracted: what could not be ended is due at MIN_VALUE
      park(next - now > 0 ? Math.min(next - now, LONGEST_SLEEP_MILLIS) : LONGEST_SLEEP_MILLIS);
    } else {
      reap();
    }
  }

  private void park(long millis) {
    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(millis));
    // an interrupt meant for nobody would turn every later park into a spin
    Thread.interrupted();
  }

  private void reap() {
    int lease = guard.tryEnter();
    if (lease < 0) {
      stopped = true; // the store closes; leases end after the next open
      return;
    }
    try {
      leases.reap(Patience.ENDLESS);
    } finally {
      guard.exit(lease);
    }
  }

  /** Ends the thread and waits for that; after the guard has refused new users. */
  void close() {
    stopped = true;
    LockSupport.unpark(thread);
    Interrupts.join(thread);
  }
}
