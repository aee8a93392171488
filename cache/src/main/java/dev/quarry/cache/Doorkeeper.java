package dev.quarry.cache;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Tells who comes again soon: lets a key in at its second call, unless another key of its slot came
 * between. A cache that is full asks it, since most keys that miss once are not read again soon,
 * and each that is put in costs the work of putting another out. Lossy and lock-free; the idea is
 * that of the doorkeeper of TinyLFU (Einziger, Friedman, Manes, 2017).
 */
final class Doorkeeper {
  private static final int SLOTS = 1 << 14;

  private final AtomicIntegerArray tags = new AtomicIntegerArray(SLOTS);

  /** Whether the key has called before; now it has. */
  boolean isKnown(long key) {
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash >>> 50);
    int tag = (int) hash | 1;
    if (tags.getPlain(slot) == tag) {
      return true;
    }
    tags.setPlain(slot, tag);
    return false;
  }
}
