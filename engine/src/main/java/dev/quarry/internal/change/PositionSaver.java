package dev.quarry.internal.change;

import dev.quarry.change.WatchOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** Decides when a named subscription's position is stored. Thread-safe. */
final class PositionSaver {
  private static final int MAX_UNSAVED = 1_000;
  private static final long MAX_COMMITS = 10_000;
  private static final long MAX_NANOS = 1_000_000_000;
  private static final Duration MAX_AGE = Duration.ofHours(1);

  private final WatchOptions options;
  private final Duration age;
  private final AtomicInteger unsaved = new AtomicInteger();
  private volatile int inside; // of these, those of a commit that is not yet delivered whole
  private volatile long saved;
  private volatile Instant savedAt;
  private volatile long savedNanos = System.nanoTime();

  PositionSaver(WatchOptions options, long position, Instant now) {
    this.options = options;
    this.saved = position;
    this.savedAt = now;
    // often enough that a quiet subscription does not expire
    Duration quarter = options.expiry().dividedBy(4);
    this.age = quarter.compareTo(MAX_AGE) < 0 ? quarter : MAX_AGE;
  }

  WatchOptions options() {
    return options;
  }

  /**
   * Counts changes; true where so many are not covered by the stored position that it is due. One
   * thread at a time.
   *
   * @param endsInside whether more of their commit follows: then the position has not moved
   */
  boolean delivered(int changes, boolean endsInside) {
    inside = endsInside ? inside + changes : 0;
    return unsaved.addAndGet(changes) >= MAX_UNSAVED && !endsInside;
  }

  /** Whether the time or the log's growth asks for it. */
  boolean isDue(long position, Instant now) {
    // amid a commit there is nothing to store, however long it takes: a save is a commit itself
    boolean changes = unsaved.get() > 0 && position > saved && isSecondOver();
    return changes || position - saved >= MAX_COMMITS || !savedAt.plus(age).isAfter(now);
  }

  private boolean isSecondOver() {
    return System.nanoTime() - savedNanos >= MAX_NANOS;
  }

  /** The position was stored. */
  void stored(long position, Instant now) {
    unsaved.set(inside);
    saved = position;
    savedAt = now;
    savedNanos = System.nanoTime();
  }
}
