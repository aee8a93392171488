package dev.quarry;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a store may use, at most. Whatever reaches a limit ends with a {@link
 * LimitExceededException} that names it. Immutable; thread-safe; the methods that change a limit
 * return a copy.
 *
 * @param openCursors cursors and streams open at once; default 10,000
 * @param openSnapshots snapshots open at once; default 1,000
 * @param acquireTimeout how long opening one waits for another to be closed, and a claim for the
 *     writes before it; default 30 seconds
 * @param idleTimeout after which time without use a cursor or snapshot is closed, with a warning
 *     that has the stack of who opened it (so opening one costs a stack trace); zero, the default,
 *     for never
 * @param resultSize tasks in a page or chunk, and ids in {@link TaskReader#getAll}; default 100,000
 * @param diskBytes bytes of the store's files beyond which writes are refused, except deletes;
 *     measured every few writes, so it may be exceeded by these; 0, the default, for no limit
 * @param memoryBytes bytes that caches and write buffers may be configured to, together; checked on
 *     opening; 0, the default, for no limit
 * @param writesPerSecond write calls in any second, as by a {@link Rate}; 0, the default, for no
 *     limit
 * @param calls how many calls are let through of those callers that go through {@link TaskStore#as}
 */
public record Limits(
    int openCursors,
    int openSnapshots,
    Duration acquireTimeout,
    Duration idleTimeout,
    int resultSize,
    long diskBytes,
    long memoryBytes,
    int writesPerSecond,
    Map<String, Rate> calls) {
  /**
   * So many calls in any period of this length, wherever it begins; all of them may come at once.
   * The next one ends with a {@link LimitExceededException} that says after which time the first of
   * them is a period old. Exact up to 4,096 calls; of more, up to a two-thousandth fewer are let
   * through, and never too many. Setting the system's clock changes nothing.
   *
   * @param calls how many, at least 1
   * @param period in which time, at most 365 days
   */
  public record Rate(int calls, Duration period) {
    /** Checks the values. */
    public Rate {
      atLeast("calls", 1, calls);
      if (period.isZero() || period.isNegative() || period.compareTo(LONGEST_PERIOD) > 0) {
        throw new IllegalArgumentException(
            "a period must be positive and at most " + LONGEST_PERIOD + ", but is " + period);
      }
    }
  }

  private static final Duration LONGEST_PERIOD = Duration.ofDays(365);

  /** Generous ones. */
  public static final Limits DEFAULT =
      new Limits(
          10_000,
          1_000,
          Duration.ofSeconds(30),
          Duration.ZERO,
          PageRequest.MAX_SIZE,
          0,
          0,
          0,
          Map.of());

  /** Checks the values. */
  public Limits {
    atLeast("openCursors", 1, openCursors);
    atLeast("openSnapshots", 1, openSnapshots);
    atLeast("resultSize", 1, resultSize);
    atLeast("diskBytes", 0, diskBytes);
    atLeast("memoryBytes", 0, memoryBytes);
    atLeast("writesPerSecond", 0, writesPerSecond);
    if (acquireTimeout.isNegative() || idleTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "times must not be negative, but are " + acquireTimeout + " and " + idleTimeout);
    }
    calls = Map.copyOf(calls);
  }

  private static void atLeast(String name, long least, long value) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
    }
  }

  /** With other numbers of open cursors and snapshots, and another wait for one. */
  public Limits open(int cursors, int snapshots, Duration wait) {
    return new Limits(
        cursors,
        snapshots,
        wait,
        idleTimeout,
        resultSize,
        diskBytes,
        memoryBytes,
        writesPerSecond,
        calls);
  }

  /** With another time after which idle cursors and snapshots are closed. */
  public Limits idle(Duration timeout) {
    return new Limits(
        openCursors,
        openSnapshots,
        acquireTimeout,
        timeout,
        resultSize,
        diskBytes,
        memoryBytes,
        writesPerSecond,
        calls);
  }

  /** With another size of results. */
  public Limits results(int tasks) {
    return new Limits(
        openCursors,
        openSnapshots,
        acquireTimeout,
        idleTimeout,
        tasks,
        diskBytes,
        memoryBytes,
        writesPerSecond,
        calls);
  }

  /** With other bytes on disk and in memory. */
  public Limits bytes(long disk, long memory) {
    return new Limits(
        openCursors,
        openSnapshots,
        acquireTimeout,
        idleTimeout,
        resultSize,
        disk,
        memory,
        writesPerSecond,
        calls);
  }

  /** With another number of write calls a second. */
  public Limits writes(int perSecond) {
    return new Limits(
        openCursors,
        openSnapshots,
        acquireTimeout,
        idleTimeout,
        resultSize,
        diskBytes,
        memoryBytes,
        perSecond,
        calls);
  }

  /** With a number of calls a second for a caller. */
  public Limits calls(String caller, int perSecond) {
    return calls(caller, perSecond, Duration.ofSeconds(1));
  }

  /** With a number of calls in a period for a caller; see {@link Rate}. */
  public Limits calls(String caller, int number, Duration period) {
    Map<String, Rate> all = new HashMap<>(calls);
    all.put(Objects.requireNonNull(caller, "caller"), new Rate(number, period));
    return new Limits(
        openCursors,
        openSnapshots,
        acquireTimeout,
        idleTimeout,
        resultSize,
        diskBytes,
        memoryBytes,
        writesPerSecond,
        all);
  }
}
