package dev.quarry.index;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Idle scratch of finished evaluations, so that a query does not make its bitmaps anew. Wait-free:
 * a taker empties a slot by one exchange, and who stops in between holds up nobody. What is never
 * given back is left to the garbage collector.
 */
final class ScratchPool {
  private static final int SLOTS = 8;

  private final AtomicReferenceArray<BlockPool> slots = new AtomicReferenceArray<>(SLOTS);

  /** Scratch that nobody else uses until it is given back. */
  BlockPool take() {
    int first = firstSlot();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (first + i) & (SLOTS - 1);
      if (slots.getPlain(slot) != null) {
        BlockPool taken = slots.getAndSet(slot, null);
        if (taken != null) {
          return taken;
        }
      }
    }
    return new BlockPool();
  }

  /** Takes scratch back; its user may touch it no more. */
  void give(BlockPool idle) {
    int first = firstSlot();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (first + i) & (SLOTS - 1);
      if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, idle)) {
        return;
      }
    }
  }

  @SuppressWarnings({"deprecation", "ThreadId"}) // Thread.threadId came with 19
  private static int firstSlot() {
    return (int) Thread.currentThread().getId() & (SLOTS - 1);
  }
}
