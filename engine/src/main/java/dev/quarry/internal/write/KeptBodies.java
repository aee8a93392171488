package dev.quarry.internal.write;

import java.util.HashMap;
import java.util.Map;

/**
 * The texts of tasks that a reader of many states has found, so that one who goes through the past
 * in turn, forth or back, looks for those of a run of versions once. Holds some megabytes at most,
 * or one record. Not thread-safe.
 */
final class KeptBodies {
  private static final long MOST_BYTES = 8 << 20;

  /** Of an entry beside its record, about. */
  private static final long EACH = 128;

  private final Map<Long, Body> bodies = new HashMap<>();
  private long bytes;

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
    Body body = bodies.get(ordinal);
    return body != null && body.first <= sequence && sequence <= body.last ? body : null;
  }

  /** Keeps those of more versions of a task, in place of what was kept of it. */
  void keep(long ordinal, long first, Body found) {
    Body before = bodies.remove(ordinal);
    bytes -= before == null ? 0 : size(before);
    if (bytes + size(found) > MOST_BYTES) {
      bodies.clear();
      bytes = 0;
    }
    bodies.put(ordinal, new Body(Math.min(first, found.first), found.last, found.record));
    bytes += size(found);
  }

  private static long size(Body body) {
    return EACH + body.record.length;
  }

  /** How many tasks it knows the texts of. */
  int tasks() {
    return bodies.size();
  }
}
