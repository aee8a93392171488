package dev.quarry.cache;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A bounded queue of keys from many threads to one, which refuses rather than waits: {@link
 * LossyRing} for numbers. It lives as long as the cache, so an object put into it at each read
 * would be work for a generational collector each time.
 */
final class AccessRing {
  /** Stands for a slot that holds no key; this key is noted as its neighbour. */
  static final long NONE = Long.MIN_VALUE;

  private static final int ATTEMPTS = 3;
  // head, tail and slots on cache lines of their own
  private static final int HEAD = 16;
  private static final int TAIL = 32;
  private static final int SLOTS = 48;

  private final AtomicLongArray words;
  private final int mask;

  /** A ring of the given capacity, a power of two. */
  AccessRing(int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity is no power of two: " + capacity);
    }
    words = new AtomicLongArray(SLOTS + capacity);
    mask = capacity - 1;
    for (int slot = 0; slot < capacity; slot++) {
      words.setPlain(SLOTS + slot, NONE);
    }
  }

  boolean offer(long key) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long tail = words.get(TAIL);
      if (tail - words.get(HEAD) > mask) {
        return false;
      }
      if (words.compareAndSet(TAIL, tail, tail + 1)) {
        words.setRelease(SLOTS + ((int) tail & mask), key == NONE ? NONE + 1 : key);
        return true;
      }
    }
    return false;
  }

  /** The next key or {@link #NONE}; for the one consumer. */
  long poll() {
    long head = words.get(HEAD);
    int slot = SLOTS + ((int) head & mask);
    long key = words.getAcquire(slot);
    if (key != NONE) {
      words.setPlain(slot, NONE);
      words.setRelease(HEAD, head + 1);
    }
    return key;
  }

  /** Whether a producer has claimed a slot that the consumer has not taken. */
  boolean isEmpty() {
    return words.get(TAIL) == words.get(HEAD);
  }

  int capacity() {
    return mask + 1;
  }
}
