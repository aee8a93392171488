package dev.quarry.tools.serving;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What may wait in memory for the readers of all streams together. Thread-safe. */
final class WaitingBytes {
  private final Semaphore free;

  WaitingBytes(int most) {
    free = new Semaphore(most);
  }

  /** Takes room, or returns false where there was none for so long. */
  boolean take(int bytes, long nanos) throws InterruptedException {
    return free.tryAcquire(bytes, nanos, TimeUnit.NANOSECONDS);
  }

  void giveBack(int bytes) {
    free.release(bytes);
  }

  int free() {
    return free.availablePermits();
  }
}
