package dev.quarry.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One cached record with its weight and its visibility.
 *
 * <p>A fill inserts an entry hidden and publishes it only when the stamp is still current; a write
 * retires it. A retired entry never becomes visible again, nor does one that was released.
 */
final class Entry<V> {
  private static final int HIDDEN = 0;
  private static final int LIVE = 1;
  private static final int RETIRED = 2;
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Entry.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // not volatile: whoever reads null a moment too late or too early has a record that was current
  private V value;
  private final int weight;
  private volatile int state;

  private Entry(V value, int weight, int state) {
    this.value = value;
    this.weight = weight;
    this.state = state;
  }

  static <V> Entry<V> hidden(V value, int weight) {
    return new Entry<>(value, weight, HIDDEN);
  }

  static <V> Entry<V> live(V value, int weight) {
    return new Entry<>(value, weight, LIVE);
  }

  V valueIfLive() {
    return state == LIVE ? value : null;
  }

  int weight() {
    return weight;
  }

  /** Makes a hidden entry visible; false if it was retired first. */
  boolean publish() {
    return STATE.compareAndSet(this, HIDDEN, LIVE);
  }

  void retire() {
    state = RETIRED;
  }

  /** Lets go of the record: the entry has left the cache, but a name may still lead to it. */
  void release() {
    value = null;
  }
}
