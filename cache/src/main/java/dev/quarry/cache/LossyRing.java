package dev.quarry.cache;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A bounded queue from many threads to one, which refuses rather than waits.
 *
 * <p>A producer claims a slot by moving the tail, then stores its element there; the consumer takes
 * elements in order and stops at a claimed slot that is not stored yet. An offer tries three times
 * at most, so it is wait-free.
 */
final class LossyRing<E> {
  private static final int ATTEMPTS = 3;
  // head and tail on cache lines of their own
  private static final int HEAD = 16;
  private static final int TAIL = 32;

  private final AtomicReferenceArray<E> slots;
  private final AtomicLongArray cursors = new AtomicLongArray(48);
  private final int mask;

  /** A ring of the given capacity, a power of two. */
  LossyRing(int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity is no power of two: " + capacity);
    }
    slots = new AtomicReferenceArray<>(capacity);
    mask = capacity - 1;
  }

  boolean offer(E element) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long tail = cursors.get(TAIL);
      if (tail - cursors.get(HEAD) > mask) {
        return false;
      }
      if (cursors.compareAndSet(TAIL, tail, tail + 1)) {
        slots.setRelease((int) tail & mask, element);
        return true;
      }
    }
    return false;
  }

  /** The next element or null; for the one consumer. */
  E poll() {
    long head = cursors.get(HEAD);
    int slot = (int) head & mask;
    E element = slots.getAcquire(slot);
    if (element != null) {
      slots.setPlain(slot, null);
      cursors.setRelease(HEAD, head + 1);
    }
    return element;
  }

  /** Whether a producer has claimed a slot that the consumer has not taken. */
  boolean isEmpty() {
    return cursors.get(TAIL) == cursors.get(HEAD);
  }

  int capacity() {
    return mask + 1;
  }
}
