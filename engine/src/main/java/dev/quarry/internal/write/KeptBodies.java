package dev.quarry.internal.write;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The texts of tasks that readers of many states have found, so that one who goes through the past
 * in turn, forth or back, looks for those of a run of versions once. What it says of a run stays
 * true: an entry of the history never changes, nor does one come before another that is there, and
 * ordinals are not reused. So readers of one store may share it, however far apart they are and
 * whichever snapshots they read. Holds some megabytes at most, or one record. Thread-safe, without
 * locks.
 */
public final class KeptBodies {
  private static final long MOST_BYTES = 8 << 20;

  /** Of an entry beside its record, about. */
  private static final long EACH = 128;

  private final ConcurrentSkipListMap<Run, Body> bodies = new ConcurrentSkipListMap<>(Run.ORDER);
  private final AtomicLong bytes = new AtomicLong();

  /** Versions of a task, by the last entry of the history that keeps one. */
  private record Run(long ordinal, long last) {
    private static final Comparator<Run> ORDER =
        Comparator.comparingLong(Run::ordinal).thenComparingLong(Run::last);
  }

  /**
   * The record whose texts the versions of a task have that the history keeps from {@code first} to
   * {@code last}.
   */
  static final class Body {
    private final long first;
    private final long last;
    private final byte[] record;

    Body(long first, long last, byte[] record) {
      this.first = first;
      this.last = last;
      this.record = record;
    }

    byte[] record() {
      return record;
    }
  }

  /** The texts of a version, or null where they are not known. */
  Body of(long ordinal, long sequence) {
    Map.Entry<Run, Body> next = bodies.ceilingEntry(new Run(ordinal, sequence));
    boolean isKnown =
        next != null && next.getKey().ordinal() == ordinal && next.getValue().first <= sequence;
    return isKnown ? next.getValue() : null;
  }

  /** Keeps those that were found for the versions from {@code first} on. */
  void keep(long ordinal, long first, Body found) {
    Body body =
        first < found.first ? new Body(first, found.last, found.record) : found; // else is in it
    if (bytes.get() + size(body) > MOST_BYTES) {
      clear();
    }
    Body before = bodies.put(new Run(ordinal, body.last), body);
    bytes.addAndGet(size(body) - (before == null ? 0 : size(before)));
  }

  private void clear() {
    Map.Entry<Run, Body> next = bodies.pollFirstEntry();
    while (next != null) {
      bytes.addAndGet(-size(next.getValue()));
      next = bodies.pollFirstEntry();
    }
  }

  private static long size(Body body) {
    return EACH + body.record.length;
  }

  /** How many runs of versions it knows the texts of. */
  int runs() {
    return bodies.size();
  }
}
