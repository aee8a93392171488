package dev.quarry.internal.change;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon threads that run listeners: a few, and one more for each that is stuck in a listener,
 * so that slow listeners hold up nobody else. They start on demand and end when idle.
 */
final class Workers {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
  private static final int CORE =
      Math.min(4, Math.max(2, Runtime.getRuntime().availableProcessors()));
  private static final long STUCK_NANOS = 10_000_000;
  private static final long IDLE_SECONDS = 5;

  private final BlockingQueue<FeedSubscription> queue;
  private final List<Worker> workers = new CopyOnWriteArrayList<>();
  private final AtomicInteger alive = new AtomicInteger();
  private final AtomicInteger idle = new AtomicInteger();
  private final AtomicInteger numbers = new AtomicInteger();
  private final Runnable wakeDispatcher;
  private final Consumer<Thread> starter;
  private volatile boolean failing;
  private volatile boolean stopped;

  /**
   * Workers that ask, through {@code wakeDispatcher}, for {@link #relieve} when all are busy.
   *
   * @param starter starts their threads
   */
  Workers(Runnable wakeDispatcher, Consumer<Thread> starter) {
    this(wakeDispatcher, starter, new LinkedBlockingQueue<>());
  }

  /** The same, with the queue of those that wait. */
  Workers(
      Runnable wakeDispatcher, Consumer<Thread> starter, BlockingQueue<FeedSubscription> queue) {
    this.queue = queue;
    this.wakeDispatcher = wakeDispatcher;
    this.starter = starter;
  }

  /** Runs a slice of it, soon. */
  void submit(FeedSubscription subscription) {
    queue.add(subscription);
    askForMore();
  }

  private void askForMore() {
    if (isBacklogged()) {
      if (alive.get() < CORE) {
        start(CORE);
      } else {
        wakeDispatcher.run();
      }
    }
  }

  private void start(int most) {
    if (stopped) {
      return;
    }
    int now = alive.get();
    while (now < most) {
      int seen = alive.compareAndExchange(now, now + 1);
      if (seen == now) {
        begin(new Worker(most));
        return;
      }
      now = seen;
    }
  }

  /** Where there is no thread to be had, the dispatcher asks again, as long as somebody waits. */
  private void begin(Worker worker) {
    try {
      Thread thread = new Thread(worker, "quarry-feed-" + numbers.incrementAndGet());
      thread.setDaemon(true);
      worker.thread = thread;
      workers.add(worker);
      starter.accept(thread);
      failing = false;
    } catch (OutOfMemoryError e) {
      workers.remove(worker);
      alive.decrementAndGet();
      if (!failing) {
        failing = true; // told once: it is tried again some hundred times a second
        LOG.warn("no thread can be had for the change feed; it goes on when there is one", e);
      }
      wakeDispatcher.run();
    }
  }

  /** Whether somebody waits for a worker: one idle worker takes one of them. */
  boolean isBacklogged() {
    return queue.size() > idle.get();
  }

  /** Starts a worker where somebody waits for one and some are stuck. */
  void relieve() {
    if (!isBacklogged()) {
      return;
    }
    long now = System.nanoTime();
    int stuck = 0;
    for (Worker worker : workers) {
      stuck += worker.isBusy && now - worker.since > STUCK_NANOS ? 1 : 0;
    }
    start(CORE + stuck);
  }

  /** How many threads there are. */
  int count() {
    return alive.get();
  }

  /** Interrupts those that are still in a listener; they go on with what waits. */
  void interruptBusy() {
    for (Worker worker : workers) {
      if (worker.isBusy) {
        worker.thread.interrupt();
      }
    }
  }

  /** Takes no more work. */
  void stop() {
    stopped = true;
    for (Worker worker : workers) {
      if (!worker.isBusy) {
        worker.thread.interrupt();
      }
    }
  }

  private final class Worker implements Runnable {
    private final boolean isSurplus;
    private volatile Thread thread;
    private volatile boolean isBusy;
    private volatile long since;

    Worker(int most) {
      isSurplus = most > CORE;
    }

    @Override
    public void run() {
      try {
        while (!stopped) {
          FeedSubscription next = next();
          if (next == null) {
            return;
          }
          since = System.nanoTime();
          isBusy = true;
          try {
            next.slice();
          } finally {
            isBusy = false;
          }
        }
      } finally {
        workers.remove(this);
        alive.decrementAndGet();
        if (!queue.isEmpty() && !stopped) {
          start(CORE); // it came in while this one was leaving
          wakeDispatcher.run(); // who submitted it counted on this one; the others may be stuck
        }
      }
    }

    private FeedSubscription next() {
      FeedSubscription next = queue.poll();
      if (next != null) {
        return next;
      }
      idle.incrementAndGet();
      try {
        next = queue.poll(isSurplus ? 0 : IDLE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        return null; // stopped, or a listener's late interrupt: another one starts on demand
      } finally {
        idle.decrementAndGet();
      }
      if (next != null) {
        askForMore(); // who came since it took one counted on this one as idle
      }
      return next;
    }
  }
}
