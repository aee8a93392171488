package dev.quarry.cache;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Tells who comes again soon: lets a key in at its second call, unless another key of its slot came
 * between. A cache that is full asks it, since most keys that miss once are not read again soon,
 * and each that is put in costs the work of putting another out. Lossy and lock-free; the idea is
 * that of the doorkeeper of TinyLFU (Einziger, Friedman, Manes, 2017).
 */
final class Doorkeeper {
  private static final int MOST_SLOTS = 1 << 18;

  /** Bytes of a cache for each slot: some slots for each record of two thousand bytes. */
  private static final int BYTES_A_SLOT = 256;

  private final AtomicIntegerArray tags;
  private final int shift;

  /** For a cache of so many bytes. */
  Doorkeeper(long maximumBytes) {
    int slots = Integer.highestOneBit((int) Math.min(MOST_SLOTS, 1 + maximumBytes / BYTES_A_SLOT));
    tags = new AtomicIntegerArray(slots);
    shift = Long.SIZE - Integer.numberOfTrailingZeros(slots);
  }

  /** Whether the key has called before; now it has. */
  boolean isKnown(long key) {
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = shift == Long.SIZE ? 0 : (int) (hash >>> shift);
    int tag = (int) hash | 1;
    if (tags.getPlain(slot) == tag) {
      return true;
    }
    tags.setPlain(slot, tag);
    return false;
  }
}
