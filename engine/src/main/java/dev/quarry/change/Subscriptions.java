package dev.quarry.change;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The named subscriptions that a store remembers. Thread-safe. */
public interface Subscriptions {
  /**
   * A named subscription as it is stored.
   *
   * @param name its name
   * @param position as last stored; a running one is ahead of it by a second or 1,000 changes at
   *     most
   * @param storedAt when that was
   * @param expiry how long after that it is forgotten if nobody watches under its name
   * @param isRunning whether it is being delivered now, by this store
   */
  record Named(String name, long position, Instant storedAt, Duration expiry, boolean isRunning) {}

  /** All that are remembered, by name; also those that have expired and were not yet dropped. */
  List<Named> list();

  /**
   * Forgets a name.
   *
   * @return false where there is none of this name
   * @throws dev.quarry.ConflictException if it is being delivered now; close it first
   */
  boolean drop(String name);
}
