package dev.quarry.internal.change;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Threads that wait for the feed to come to some point. Thread-safe. */
final class Waiters {
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

  /** Something has changed that somebody may wait for. */
  void signal() {
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }

  /** Waits until {@code done}; false where {@code ended}, or the time ran out, before. */
  boolean await(BooleanSupplier done, BooleanSupplier ended, Duration timeout)
      throws InterruptedException {
    long start = System.nanoTime();
    long most = nanos(timeout);
    Thread self = Thread.currentThread();
    threads.add(self);
    try {
      while (!done.getAsBoolean()) {
        long left = most - (System.nanoTime() - start);
        if (left <= 0 || ended.getAsBoolean()) {
          return done.getAsBoolean();
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.parkNanos(this, left);
      }
      return true;
    } finally {
      threads.remove(self);
    }
  }

  private static long nanos(Duration timeout) {
    try {
      return timeout.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // 292 years and more
    }
  }
}
