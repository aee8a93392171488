package dev.quarry.tools.serving;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** What may wait in memory for the readers of all streams together. Thread-safe. */
final class WaitingBytes {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int free;

  WaitingBytes(int most) {
    free = most;
  }

  /**
   * Takes room, or returns false where there was none for so long, or none is needed any more.
   *
   * @param needed is asked again each time that room is given back
   */
  boolean take(int bytes, long nanos, BooleanSupplier needed) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (free < bytes && left > 0 && needed.getAsBoolean()) {
        left = changed.awaitNanos(left);
      }
      boolean taken = free >= bytes;
      free -= taken ? bytes : 0;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Gives room back; who needs none any more goes on, also where this is none. */
  void giveBack(int bytes) {
    lock.lock();
    try {
      free += bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  int free() {
    lock.lock();
    try {
      return free;
    } finally {
      lock.unlock();
    }
  }
}
