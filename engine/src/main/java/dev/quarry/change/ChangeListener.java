package dev.quarry.change;

import java.time.Instant;
import java.util.function.Consumer;

/**
 * Receives changes, and heartbeats while there are none. Calls of one subscription come one at a
 * time, from changing threads. A {@code Consumer} does where heartbeats are not wanted.
 */
@FunctionalInterface
public interface ChangeListener extends Consumer<Change> {
  /**
   * Nothing was delivered for {@link WatchOptions#heartbeat}, and the feed is alive.
   *
   * @param position as {@link Subscription#position}
   * @param at now
   */
  default void heartbeat(long position, Instant at) {}
}
