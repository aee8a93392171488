package dev.quarry.internal.read;

import dev.quarry.QueryTimeoutException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Until when a query may run. Loops of queries call {@link #step} for each candidate, which looks
 * at the time every {@value #EVERY} steps: of the slowest, which read a record, within about two
 * milliseconds. Not thread-safe.
 */
public final class Deadline {
  private static final int EVERY = 128;

  private final Duration timeout;
  private final long nanos;
  private final LongSupplier now;
  private final Runnable also;
  private final String remedy;
  private long start;
  private int steps;

  /** A deadline that is {@code timeout} from now. */
  public Deadline(Duration timeout) {
    this(timeout, System::nanoTime);
  }

  Deadline(Duration timeout, LongSupplier now) {
    this(timeout, now, () -> {});
  }

  /** One that looks whether to go on as often as at the time; {@code also} throws where not. */
  Deadline(Duration timeout, LongSupplier now, Runnable also) {
    this(
        timeout,
        now,
        also,
        "narrow it, create an index for it, or give it more (queryTimeout, within)");
  }

  private Deadline(Duration timeout, LongSupplier now, Runnable also, String remedy) {
    this(timeout, now, also, remedy, now.getAsLong());
  }

  private Deadline(Duration timeout, LongSupplier now, Runnable also, String remedy, long start) {
    this.also = also;
    this.remedy = remedy;
    this.timeout = timeout;
    this.nanos = nanos(timeout);
    this.now = now;
    this.start = start;
  }

  /** For a verb of the past, which no index helps. */
  public static Deadline ofPast(Duration timeout) {
    return new Deadline(
        timeout,
        System::nanoTime,
        () -> {},
        "ask for less of it, or nearer to now, or open the store with more (queryTimeout)");
  }

  /** One that never comes: it only looks whether to go on; {@code also} throws where not. */
  static Deadline never(Runnable also) {
    return new Deadline(ChronoUnit.FOREVER.getDuration(), System::nanoTime, also);
  }

  private static long nanos(Duration timeout) {
    try {
      return timeout.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // 292 years: for ever
    }
  }

  /** The same time from now, for another thread. */
  Deadline fresh() {
    return new Deadline(timeout, now, also, remedy);
  }

  /** The same time, begun when this one was; as often as at it, it also looks at {@code more}. */
  Deadline and(Runnable more) {
    Runnable both =
        () -> {
          also.run();
          more.run();
        };
    return new Deadline(timeout, now, both, remedy, start);
  }

  /** The whole time again, from now. */
  public void restart() {
    start = now.getAsLong();
    steps = 0;
  }

  /** One step of a loop. */
  public void step() {
    if (++steps % EVERY == 0) {
      check();
    }
  }

  /** Throws {@link QueryTimeoutException} if the time is over. */
  void check() {
    also.run();
    if (now.getAsLong() - start > nanos) {
      throw new QueryTimeoutException(
          "the query did not end in its time; " + remedy, Map.of("timeout", timeout));
    }
  }
}
