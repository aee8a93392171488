package dev.quarry.cache;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Leads from the names of hot records straight to their entries. A hint, never a second truth: a
 * name counts as long as no write of its key has begun since it was put here, which the key's stamp
 * tells, and what it leads to is the cache's own entry, which lets go of its record when it leaves
 * the cache. Two slots for each name; lossy and lock-free.
 */
final class Names<V> {
  private static final int FEWEST_SLOTS = 2;
  private static final int MOST_SLOTS = 1 << 14;

  /** Bytes of a cache for each slot: about one for each two records, at 2 % of the bytes. */
  private static final int BYTES_A_SLOT = 4_096;

  /** How much smaller the doorkeeper is than the one of fills, which has all keys to tell. */
  private static final int DOOR_SHARE = 8;

  private final WriteStamps stamps;
  private final AtomicReferenceArray<Named<V>> slots;
  private final Doorkeeper doorkeeper;

  /**
   * A name and what it leads to.
   *
   * @param name of one record
   * @param key of the same record
   * @param stamp of the key, from before the entry was looked up
   * @param entry of the key
   */
  record Named<V>(String name, long key, long stamp, Entry<V> entry) {}

  /** For a cache of so many bytes. */
  Names(long maximumBytes, WriteStamps stamps) {
    this.stamps = stamps;
    int wanted = (int) Math.min(MOST_SLOTS, maximumBytes / BYTES_A_SLOT);
    slots = new AtomicReferenceArray<>(Integer.highestOneBit(Math.max(FEWEST_SLOTS, wanted)));
    doorkeeper = new Doorkeeper(maximumBytes / DOOR_SHARE);
  }

  /** What the name leads to, or null. */
  Named<V> find(String name) {
    int slot = slot(name);
    Named<V> found = at(slot, name);
    return found != null ? found : at(slot ^ 1, name);
  }

  private Named<V> at(int slot, String name) {
    Named<V> there = slots.getAcquire(slot);
    return there != null && there.name.equals(name) && stamps.isCurrent(there.key, there.stamp)
        ? there
        : null;
  }

  /** Whether the name is worth a slot: the key has been read before, not long ago. */
  boolean isWanted(long key) {
    return doorkeeper.isKnown(key);
  }

  /** In place of one of two others. */
  void put(Named<V> named) {
    int slot = slot(named.name);
    slots.setRelease(slot ^ (ThreadLocalRandom.current().nextInt() & 1), named);
  }

  /** Forgets all. */
  void clear() {
    for (int slot = 0; slot < slots.length(); slot++) {
      slots.setRelease(slot, null);
    }
  }

  private int slot(String name) {
    int hash = name.hashCode() * 0x9E3779B9;
    return (hash ^ (hash >>> 16)) & (slots.length() - 1);
  }
}
