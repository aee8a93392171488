package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.LimitExceededException;
import dev.quarry.StoreFailedException;
import dev.quarry.TaskStoreException;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Interrupts;
import java.io.UncheckedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds the off-heap index when it has failed for want of room on the device and there is room
 * again. First it gives back what the failed one takes. Then it asks for the free space behind
 * pauses that grow to seconds, and after a rebuild that failed, or that did not help for long, to
 * minutes: writes wait while an index is rebuilt. Where the JVM has no memory for the rebuild,
 * which may pass as readers give back what they hold, it is tried a few times more; a limit of the
 * index ends it. There is a thread only while there is something to do. Thread-safe.
 */
public final class IndexHealer {
  private static final Logger LOG = LoggerFactory.getLogger(IndexHealer.class);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LONGEST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);
  static final long LONGEST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** Rebuilds that are tried after the first one that the JVM had no memory for. */
  private static final int MEMORY_ATTEMPTS = 3;

  /** More than a task takes in the index unless it has many tags; and what files begin with. */
  private static final long BYTES_PER_TASK = 256;

  private static final long LEAST_BYTES = 1 << 20;

  private final Committer committer;
  private final IndexAdmin admin;
  private final LongPredicate room;
  private final Guard guard;
  private final long longestPauseNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private Thread thread;
  private boolean open;
  private boolean due;
  private volatile boolean ended;

  /** Of the healer's thread, from one to the next. */
  private long pauseNanos;

  private long backAt;
  private int shortOfMemory;

  /**
   * A healer.
   *
   * @param room whether the device has so many bytes for the store
   * @param guard of the store, whose close ends a rebuild
   * @param longestPauseNanos how long the pause before a rebuild grows
   */
  public IndexHealer(
      Committer committer,
      IndexAdmin admin,
      LongPredicate room,
      Guard guard,
      long longestPauseNanos) {
    this.committer = committer;
    this.admin = admin;
    this.room = room;
    this.guard = guard;
    this.longestPauseNanos = longestPauseNanos;
    backAt = System.nanoTime() - longestPauseNanos;
  }

  /** The index has failed; where it is for want of room, begins to see to it. Does not wait. */
  public void failed(Throwable cause) {
    lock.lock();
    try {
      // a file that gets no room, or touched memory that the device has none for
      due |= cause instanceof UncheckedIOException || cause instanceof InternalError;
      begin();
    } finally {
      lock.unlock();
    }
  }

  /** The index has failed, but has less to hold now than when it did. Does not wait. */
  public void hasLess() {
    lock.lock();
    try {
      due = true;
      begin();
    } finally {
      lock.unlock();
    }
  }

  /** The store is open: what fails from now on, or has failed already, is seen to. */
  public void storeIsOpen() {
    lock.lock();
    try {
      open = true;
      begin();
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held. */
  private void begin() {
    if (due && open && thread == null && !ended) {
      due = false;
      boolean again = System.nanoTime() - backAt < longestPauseNanos;
      pauseNanos = again ? Math.min(2 * pauseNanos, longestPauseNanos) : FIRST_PAUSE_NANOS;
      shortOfMemory = 0;
      try {
        Thread started = new Thread(this::run, "quarry-index-heal");
        started.setDaemon(true);
        started.start();
        thread = started;
      } catch (OutOfMemoryError e) { // no more threads: the commit that brought it here stands
        LOG.warn("nothing can be done for the off-heap index until it is rebuilt", e);
      }
    }
  }

  private void run() {
    try {
      discard();
      boolean more = true;
      while (more) {
        pause();
        more = !isBack();
      }
      finish(true);
    } catch (CancellationException closing) {
      finish(false); // the next open rebuilds
    } catch (RuntimeException | Error e) { // damage, a limit, or no more writes
      LOG.warn("the off-heap index stays out of use until it is rebuilt or the store reopened", e);
      finish(false);
    }
  }

  private void discard() {
    try {
      admin.discardFailed();
    } catch (OutOfMemoryError e) {
      // the rebuild gives it back, and tells where it cannot
    }
  }

  /** The thread ends. An index that failed again before it did found it still there. */
  private void finish(boolean isBack) {
    lock.lock();
    try {
      thread = null;
      due = isBack && admin.isIndexFailed();
      begin();
    } finally {
      lock.unlock();
    }
  }

  /** Rebuilds the index where there is room for it; whether it is in use then. */
  private boolean isBack() {
    if (!admin.isIndexFailed()) {
      return true;
    }
    admin.checkPlace(); // a store that was moved gets no index any more
    try {
      if (!room.test(LEAST_BYTES + committer.head().tasks() * BYTES_PER_TASK)) {
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_LOOK_NANOS);
        return false;
      }
      admin.rebuildFailed((phase, done, total) -> checkOpen());
      backAt = System.nanoTime();
      LOG.warn("the off-heap index has been rebuilt and is in use again");
      return true;
    } catch (CancellationException | CorruptionException | StoreFailedException e) {
      throw e;
    } catch (LimitExceededException | OutOfMemoryError e) {
      boolean ofMemory = e instanceof Error || e.getCause() instanceof OutOfMemoryError;
      if (!ofMemory || ++shortOfMemory > MEMORY_ATTEMPTS) {
        throw e; // every rebuild would meet it
      }
      pauseNanos = longestPauseNanos;
      LOG.warn("there is no memory to rebuild the off-heap index, which is tried again", e);
      return false;
    } catch (TaskStoreException | UncheckedIOException | InternalError e) {
      pauseNanos = Math.min(2 * pauseNanos, longestPauseNanos);
      LOG.warn("the off-heap index cannot be rebuilt yet, and is tried again", e);
      return false;
    }
  }

  private void pause() {
    long end = System.nanoTime() + pauseNanos;
    for (long left = pauseNanos; left > 0; left = end - System.nanoTime()) {
      checkOpen();
      LockSupport.parkNanos(left);
      // an interrupt meant for nobody would turn every later park into a spin
      Thread.interrupted();
    }
    checkOpen();
  }

  private void checkOpen() {
    if (ended || guard.isClosed()) {
      throw new CancellationException();
    }
  }

  /** Ends it and waits for it: it reads what is closed next. */
  public void end() {
    ended = true;
    Thread last;
    lock.lock();
    try {
      last = thread;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      LockSupport.unpark(last);
      Interrupts.join(last);
    }
  }
}
