package dev.quarry.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Keys lately read, noted by readers and replayed by the fill thread into the eviction policy.
 *
 * <p>A sample: a reader whose ring is full forgets the access. The rings are striped by thread, so
 * that readers seldom meet.
 */
final class AccessLog {
  /** What a round of the fill thread takes of each ring: as much as tells hot keys from others. */
  private static final int RING_CAPACITY = 64;

  private static final int MAXIMUM_RINGS = 64;

  private final List<AccessRing> rings;
  private final int mask;

  AccessLog(int processors) {
    int count = Math.min(MAXIMUM_RINGS, Integer.highestOneBit(Math.max(1, processors) * 4 - 1));
    List<AccessRing> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(new AccessRing(RING_CAPACITY));
    }
    rings = List.copyOf(list);
    mask = count - 1;
  }

  /** Notes an access; false if it was forgotten. Wait-free. */
  boolean note(long key) {
    int thread = (int) ((Thread.currentThread().getId() * 0x9E3779B97F4A7C15L) >>> 40);
    return rings.get(thread & mask).offer(key);
  }

  /** Hands over what was noted, at most each ring's capacity once; returns how many. */
  int replay(LongConsumer policy) {
    int replayed = 0;
    for (AccessRing ring : rings) {
      for (int i = 0; i < ring.capacity(); i++) {
        long key = ring.poll();
        if (key == AccessRing.NONE) {
          break;
        }
        policy.accept(key);
        replayed++;
      }
    }
    return replayed;
  }

  boolean isEmpty() {
    for (AccessRing ring : rings) {
      if (!ring.isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
