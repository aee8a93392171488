package dev.quarry.cache;

import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * The thread that inserts fills and replays accesses.
 *
 * <p>While there is work it makes a round every millisecond, so that following the accesses costs a
 * bounded share of a processor; readers wake it earlier only for a queue half full. After some
 * empty rounds it sleeps until a reader wakes it. It looks at times whether the cache is still
 * reachable: it holds the core, not the cache.
 */
final class FillWorker implements Runnable {
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  static final long SLEEP_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int EMPTY_ROUNDS = 16;

  private enum Mode {
    WORKING,
    PAUSING,
    SLEEPING
  }

  private final CacheCore<?> core;
  private final IntSupplier round;
  private final WeakReference<RecordCache<?>> owner;
  private final AtomicReference<Mode> mode = new AtomicReference<>(Mode.WORKING);
  private final Thread thread;
  private final long sleepNanos;
  private volatile boolean stopped;

  FillWorker(CacheCore<?> core, RecordCache<?> owner, long sleepNanos) {
    this(core, core::drain, owner, sleepNanos);
  }

  /** For tests: one whose rounds do this, which returns how much it did. */
  FillWorker(CacheCore<?> core, IntSupplier round, RecordCache<?> owner, long sleepNanos) {
    this.core = core;
    this.round = round;
    this.sleepNanos = sleepNanos;
    this.owner = new WeakReference<>(owner);
    // no inherited thread locals, no class loader kept
    this.thread = new Thread(null, this, "quarry-cache-fill", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
  }

  void start() {
    thread.start();
  }

  /** Wakes the thread if it sleeps; if urgent, also if it merely pauses. Wait-free. */
  void wake(boolean urgent) {
    Mode seen = mode.get();
    if ((seen == Mode.SLEEPING || (urgent && seen == Mode.PAUSING))
        && mode.compareAndSet(seen, Mode.WORKING)) {
      LockSupport.unpark(thread);
    }
  }

  /** Ends the thread and waits for its last round; an interrupt of the caller is kept for later. */
  void stop() {
    stopped = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isSleeping() {
    return mode.get() == Mode.SLEEPING;
  }

  Thread thread() {
    return thread;
  }

  @Override
  public void run() {
    int emptyRounds = 0;
    while (!stopped && !owner.refersTo(null)) {
      emptyRounds = makeRound() > 0 ? 0 : emptyRounds + 1;
      if (emptyRounds < EMPTY_ROUNDS) {
        park(Mode.PAUSING, ROUND_NANOS);
      } else {
        park(Mode.SLEEPING, sleepNanos);
        emptyRounds = 0;
      }
    }
  }

  private int makeRound() {
    try {
      return round.getAsInt();
    } catch (RuntimeException | Error e) {
      // nothing of ours throws here; out of memory must not end the cache's only thread, and what
      // the round leaves undone the next one does
      return 0;
    }
  }

  private void park(Mode parked, long nanos) {
    mode.set(parked);
    // after the mode is set, so that work offered before it is not slept over
    boolean workCameIn = parked == Mode.SLEEPING ? core.hasWork() : core.isQueueHalfFull();
    if (!workCameIn && !stopped && mode.get() == parked) {
      LockSupport.parkNanos(this, nanos);
      // an interrupt meant for nobody would turn every later park into a spin
      Thread.interrupted();
    }
    mode.set(Mode.WORKING);
  }
}
