package dev.quarry.cache;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
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

  /** Of the names in the slots; only a hint, so not even written together with them. */
  private final AtomicIntegerArray hashes;

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
    hashes = new AtomicIntegerArray(slots.length());
    doorkeeper = new Doorkeeper(maximumBytes / DOOR_SHARE);
  }

  /** What the name leads to, or null. */
  Named<V> find(String name) {
    int hash = hash(name);
    int slot = slot(hash);
    Named<V> found = at(slot, hash, name);
    return found != null ? found : at(slot ^ 1, hash, name);
  }

  private Named<V> at(int slot, int hash, String name) {
    if (hashes.getPlain(slot) != hash) {
      return null; // without a look at what lies there, which is in no processor's cache
    }
    Named<V> there = slots.getAcquire(slot);
    return there != null && there.name.equals(name) && isCurrent(there) ? there : null;
  }

  private boolean isCurrent(Named<V> named) {
    return stamps.isCurrent(named.key, named.stamp);
  }

  /** Whether the name is worth a slot: the key has been read before, not long ago. */
  boolean isWanted(long key) {
    return doorkeeper.isKnown(key);
  }

  /** In place of one that leads nowhere any more, or of one of two others. */
  void put(Named<V> named) {
    int hash = hash(named.name);
    int slot = slot(hash);
    if (isTaken(slot) && (!isTaken(slot ^ 1) || (ThreadLocalRandom.current().nextInt() & 1) == 0)) {
      slot ^= 1;
    }
    hashes.setPlain(slot, hash);
    slots.setRelease(slot, named);
  }

  private boolean isTaken(int slot) {
    Named<V> there = slots.getAcquire(slot);
    return there != null && isCurrent(there) && there.entry.valueIfLive() != null;
  }

  /** Forgets all. */
  void clear() {
    for (int slot = 0; slot < slots.length(); slot++) {
      slots.setRelease(slot, null);
    }
  }

  private static int hash(String name) {
    int hash = name.hashCode() * 0x9E3779B9;
    return hash ^ (hash >>> 16);
  }

  private int slot(int hash) {
    return hash & (slots.length() - 1);
  }
}
