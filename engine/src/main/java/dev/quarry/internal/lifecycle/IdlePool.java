package dev.quarry.internal.lifecycle;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * At most {@link #SLOTS} idle objects that one thread at a time uses. Wait-free: a taker empties a
 * slot by one atomic exchange and a thread that stops in between holds up nobody; when all slots
 * are empty it makes an object, when all are full it drops one. Threads begin at different slots,
 * so they rarely meet.
 */
public final class IdlePool<T> {
  private static final int SLOTS = 32;

  private final AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(SLOTS);
  private final Supplier<? extends T> maker;

  /** A pool of what {@code maker} makes. */
  public IdlePool(Supplier<? extends T> maker) {
    this.maker = maker;
  }

  /** An object that nobody else uses until it is given back. */
  public T take() {
    int first = firstSlot();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (first + i) & (SLOTS - 1);
      if (slots.getPlain(slot) != null) {
        T taken = slots.getAndSet(slot, null);
        if (taken != null) {
          return taken;
        }
      }
    }
    return maker.get();
  }

  /** Gives an object back. */
  public void give(T idle) {
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
    return (int) (Thread.currentThread().getId() * 7) & (SLOTS - 1);
  }
}
