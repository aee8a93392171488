package dev.quarry.internal.claim;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.write.ReadyListener;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Those who wait until a task is ready. Each registers before it looks, so that a commit that it
 * does not see wakes it. A commit wakes those whose filter one of its ready tasks satisfies; where
 * these are many, all, which look for themselves: the writer must not pay for every pair of them.
 * Thread-safe.
 */
public final class ReadyWaiters implements ReadyListener {
  /** Filters that a commit evaluates, at most. */
  private static final int MOST_EVALUATIONS = 4_096;

  /**
   * When one who missed a task looks again unless he is woken: whoever took it may have failed to,
   * of which no commit tells.
   */
  private static final long MISSED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
  private final Runnable check;

  /**
   * Waiters of a store.
   *
   * @param check throws where no task will become ready any more, as in a store that has failed
   */
  public ReadyWaiters(Runnable check) {
    this.check = check;
  }

  /** What one who waits has found. */
  public enum Found {
    /** What he waits for. */
    IT,
    /** A task that is ready, and that he cannot have. */
    MISSED,
    /** Nothing. */
    NOTHING
  }

  private static final class Waiter {
    private final Predicate<IndexedFields> holds;
    private final CountDownLatch woken = new CountDownLatch(1);

    Waiter(Predicate<IndexedFields> holds) {
      this.holds = holds;
    }
  }

  @Override
  public void committed(Supplier<List<IndexedFields>> tasks) {
    if (waiters.isEmpty()) {
      return;
    }
    List<IndexedFields> ready = tasks.get();
    if (ready.isEmpty()) {
      return;
    }
    boolean all = (long) ready.size() * waiters.size() > MOST_EVALUATIONS;
    for (Waiter waiter : waiters) {
      if (all || ready.stream().anyMatch(waiter.holds)) {
        waiter.woken.countDown();
      }
    }
  }

  /** Wakes all, who then find the store closed or failed. */
  public void wakeAll() {
    waiters.forEach(waiter -> waiter.woken.countDown());
  }

  /** How many wait. */
  int count() {
    return waiters.size();
  }

  /**
   * Waits until {@code look} finds a task.
   *
   * @param holds whether a ready task is one of them
   * @param look what there is; holds no lease of the store while this waits
   * @return false where {@code nanos} have passed first
   */
  public boolean await(Predicate<IndexedFields> holds, Supplier<Found> look, long nanos)
      throws InterruptedException {
    long end = System.nanoTime() + nanos;
    while (true) {
      Waiter waiter = new Waiter(holds);
      waiters.add(waiter); // before it looks
      try {
        check.run();
        Found found = look.get();
        if (found == Found.IT) {
          return true;
        }
        long left = end - System.nanoTime();
        boolean again = found == Found.MISSED && left > MISSED_NANOS;
        if (!waiter.woken.await(again ? MISSED_NANOS : left, TimeUnit.NANOSECONDS) && !again) {
          return false;
        }
      } finally {
        waiters.remove(waiter);
      }
    }
  }
}
