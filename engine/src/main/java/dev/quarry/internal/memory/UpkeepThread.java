package dev.quarry.internal.memory;

import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Interrupts;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of a store that writes. It lets the governor look, once in an interval, and sees every
 * second whether the folder is still in its place: flushes and compactions go by names, and a store
 * at rest asks for the folder nowhere else.
 */
public final class UpkeepThread {
  private static final Logger LOG = LoggerFactory.getLogger(UpkeepThread.class);
  private static final long PLACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Runnable governor;
  private final BooleanSupplier elsewhere;
  private final Guard guard;
  private final Consumer<Runnable> callbacks;
  private final long intervalNanos;
  private final Thread thread;
  private volatile boolean ended;

  /** Of the thread: when the governor looks next. */
  private long lookAt;

  /** Of the thread: whether the folder was missed, which is final. */
  private boolean missed;

  /**
   * A thread for a store.
   *
   * @param governor looks once
   * @param elsewhere whether the folder is, which also ends what goes by names
   * @param callbacks runs what may call the caller's code
   * @param interval from one look of the governor to the next
   */
  public UpkeepThread(
      Runnable governor,
      BooleanSupplier elsewhere,
      Guard guard,
      Consumer<Runnable> callbacks,
      Duration interval) {
    this.governor = governor;
    this.elsewhere = elsewhere;
    this.guard = guard;
    this.callbacks = callbacks;
    this.intervalNanos = Interrupts.nanos(interval);
    thread = new Thread(this::run, "quarry-upkeep");
    thread.setDaemon(true);
  }

  /** Starts it. */
  public void start() {
    thread.start();
  }

  private void run() {
    lookAt = System.nanoTime() + intervalNanos;
    while (!ended) {
      LockSupport.parkNanos(Math.min(lookAt - System.nanoTime(), PLACE_NANOS));
      // an interrupt meant for nobody would turn every later park into a spin
      Thread.interrupted();
      int lease = ended ? -1 : guard.tryEnter();
      if (lease < 0) {
        return;
      }
      try {
        look();
      } catch (Throwable e) { // also what the caller's listener must not throw: it goes on
        LOG.warn("the store's memory could not be looked after", e);
      } finally {
        guard.exit(lease);
      }
    }
  }

  private void look() {
    missed = missed || elsewhere.getAsBoolean();
    if (System.nanoTime() - lookAt >= 0) {
      try {
        callbacks.accept(governor);
      } finally {
        lookAt = System.nanoTime() + intervalNanos;
      }
    }
  }

  /** Ends it, without waiting: what it does it does under a lease. */
  public void end() {
    ended = true;
    LockSupport.unpark(thread);
  }
}
