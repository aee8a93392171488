package dev.quarry.internal.index;

import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Interrupts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what an index held before it was discarded, when nobody can be in it any more: a
 * thread waits until every lease that was held then has been given back. Whoever reads the index
 * holds a lease, or a lock of the committer, without which nothing is discarded. There is a thread
 * only while there is something to wait for. Thread-safe.
 */
public final class Releases {
  private static final Logger LOG = LoggerFactory.getLogger(Releases.class);

  private final Guard guard;
  private final Semaphore lock = new Semaphore(1);
  private final List<Runnable> waiting = new ArrayList<>();
  private Thread thread;
  private volatile boolean ended;

  /** Releases behind the leases of a guard. */
  public Releases(Guard guard) {
    this.guard = guard;
  }

  /** Runs {@code release} when those who hold a lease now have given it back. Does not wait. */
  public void add(Runnable release) {
    lock.acquireUninterruptibly();
    try {
      waiting.add(release);
      if (thread == null && !ended) {
        Thread started = new Thread(this::run, "quarry-index-release");
        started.setDaemon(true);
        started.start();
        thread = started;
      }
    } catch (OutOfMemoryError e) { // no more threads: left to the next one, or to the close
      LOG.warn("the memory of an index that was rebuilt is given back later", e);
    } finally {
      lock.release();
    }
  }

  private void run() {
    for (List<Runnable> some = take(); !some.isEmpty(); some = take()) {
      if (!guard.awaitPassed(() -> !ended)) {
        return;
      }
      for (Runnable release : some) {
        try {
          release.run();
        } catch (RuntimeException | Error e) {
          LOG.warn("the memory of an index that was rebuilt could not be given back", e);
        }
      }
    }
  }

  private List<Runnable> take() {
    lock.acquireUninterruptibly();
    try {
      List<Runnable> some = List.copyOf(waiting);
      waiting.clear();
      if (some.isEmpty()) {
        thread = null;
      }
      return some;
    } finally {
      lock.release();
    }
  }

  /** Ends it; what still waits is left to the close of the index. */
  public void end() {
    ended = true;
    Thread last;
    lock.acquireUninterruptibly();
    try {
      last = thread;
    } finally {
      lock.release();
    }
    if (last != null) {
      LockSupport.unpark(last);
      Interrupts.join(last);
    }
  }
}
