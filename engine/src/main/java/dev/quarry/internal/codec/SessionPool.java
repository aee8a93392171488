package dev.quarry.internal.codec;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * At most {@link #SLOTS} idle sessions. Wait-free: a taker empties a slot by one atomic exchange
 * and a thread that stops in between holds up nobody; when all slots are empty it makes a session,
 * when all are full it drops one. Threads begin at different slots, so they rarely meet.
 */
final class SessionPool {
  private static final int SLOTS = 32;

  private final AtomicReferenceArray<Session> slots = new AtomicReferenceArray<>(SLOTS);

  Session take() {
    int first = firstSlot();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (first + i) & (SLOTS - 1);
      if (slots.getPlain(slot) != null) {
        Session session = slots.getAndSet(slot, null);
        if (session != null) {
          return session;
        }
      }
    }
    return new Session();
  }

  void give(Session session) {
    int first = firstSlot();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (first + i) & (SLOTS - 1);
      if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, session)) {
        return;
      }
    }
  }

  private static int firstSlot() {
    return (int) (Thread.currentThread().getId() * 7) & (SLOTS - 1);
  }
}
