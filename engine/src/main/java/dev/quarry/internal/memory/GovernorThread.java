package dev.quarry.internal.memory;

import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Interrupts;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that lets the governor look, once in an interval. */
public final class GovernorThread {
  private static final Logger LOG = LoggerFactory.getLogger(GovernorThread.class);

  private final MemoryGovernor governor;
  private final Guard guard;
  private final Consumer<Runnable> callbacks;
  private final long intervalNanos;
  private final Thread thread;
  private volatile boolean ended;

  /** A thread for a store; {@code callbacks} runs what may call the caller's code. */
  public GovernorThread(
      MemoryGovernor governor, Guard guard, Consumer<Runnable> callbacks, Duration interval) {
    this.governor = governor;
    this.guard = guard;
    this.callbacks = callbacks;
    this.intervalNanos = Interrupts.nanos(interval);
    thread = new Thread(this::run, "quarry-memory");
    thread.setDaemon(true);
  }

  /** Starts it. */
  public void start() {
    thread.start();
  }

  private void run() {
    while (!ended) {
      LockSupport.parkNanos(intervalNanos);
      // an interrupt meant for nobody would turn every later park into a spin
      Thread.interrupted();
      int lease = ended ? -1 : guard.tryEnter();
      if (lease < 0) {
        return;
      }
      try {
        callbacks.accept(governor::look);
      } catch (Throwable e) { // also what the caller's listener must not throw: it goes on
        LOG.warn("the store's memory could not be looked after", e);
      } finally {
        guard.exit(lease);
      }
    }
  }

  /** Ends it, without waiting: what it does it does under a lease. */
  public void end() {
    ended = true;
    LockSupport.unpark(thread);
  }
}
