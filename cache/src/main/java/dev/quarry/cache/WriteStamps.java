package dev.quarry.cache;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Striped words that tell whether a write of a key began since a reader looked.
 *
 * <p>A word holds the number of open writes in its low 24 bits and, above them, the number of
 * writes and invalidations begun. (A parity bit would not do: one batch may write several keys of a
 * stripe.) A stamp is a copy of the word. It is current as long as the word has not changed and no
 * write was open when it was taken; the count above the open writes never returns to an old value
 * within 10<sup>12</sup> writes of a stripe. Two keys of one stripe cost a refused fill at worst.
 */
final class WriteStamps {
  private static final int STRIPE_BITS = 12;
  private static final int OPEN_BITS = 24;
  private static final long OPEN_MASK = (1L << OPEN_BITS) - 1;
  private static final long BEGUN = 1L << OPEN_BITS;

  private final AtomicLongArray words = new AtomicLongArray(1 << STRIPE_BITS);

  long stamp(long key) {
    return words.get(stripe(key));
  }

  boolean isCurrent(long key, long stamp) {
    return (stamp & OPEN_MASK) == 0 && words.get(stripe(key)) == stamp;
  }

  /** Opens a write: no stamp of the stripe is current before it is finished. */
  void begin(long key) {
    int stripe = stripe(key);
    long word;
    do {
      word = words.get(stripe);
      if ((word & OPEN_MASK) == OPEN_MASK) {
        throw new IllegalStateException("too many open writes in one stripe of the cache");
      }
    } while (!words.compareAndSet(stripe, word, word + BEGUN + 1));
  }

  void requireOpen(long key) {
    if ((words.get(stripe(key)) & OPEN_MASK) == 0) {
      throw new IllegalStateException("no write of this key was begun in the cache");
    }
  }

  /** Finishes a write that {@link #requireOpen} saw. */
  void finish(long key) {
    words.getAndDecrement(stripe(key));
  }

  /** Makes all earlier stamps of the key's stripe stale. */
  void expire(long key) {
    words.getAndAdd(stripe(key), BEGUN);
  }

  void expireAll() {
    for (int stripe = 0; stripe < words.length(); stripe++) {
      words.getAndAdd(stripe, BEGUN);
    }
  }

  /** Spreads neighbours and strides alike (the multiplier is 2^64 divided by the golden ratio). */
  static int stripe(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> (Long.SIZE - STRIPE_BITS));
  }
}
