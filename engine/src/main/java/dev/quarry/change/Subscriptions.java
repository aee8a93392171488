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
   * @param isExpired whether its time was over at the moment of the question, by the store's clock;
   *     it is dropped soon, and whoever watches under it before that is refused once, as after. One
   *     that runs is never expired
   */
  record Named(
      String name,
      long position,
      Instant storedAt,
      Duration expiry,
      boolean isRunning,
      boolean isExpired) {}

  /**
   * All that are remembered, by name; also those that have expired and were not yet dropped, which
   * say so. Names are dropped when the store is opened and while some subscription runs.
   */
  List<Named> list();

  /**
   * Forgets a name.
   *
   * @return false where there is none of this name
   * @throws dev.quarry.ConflictException if it is being delivered now; close it first
   * @throws dev.quarry.StorageException if the store was opened read-only
   */
  boolean drop(String name);
}
