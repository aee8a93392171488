package dev.quarry.internal.claim;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.write.ReadyListener;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
   * @param look whether there is one; holds no lease of the store while this waits
   * @return false where {@code nanos} have passed first
   */
  public boolean await(Predicate<IndexedFields> holds, BooleanSupplier look, long nanos)
      throws InterruptedException {
    long end = System.nanoTime() + nanos;
    while (true) {
      Waiter waiter = new Waiter(holds);
      waiters.add(waiter); // before it looks
      try {
        check.run();
        if (look.getAsBoolean()) {
          return true;
        }
        if (!waiter.woken.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return false;
        }
      } finally {
        waiters.remove(waiter);
      }
    }
  }
}
