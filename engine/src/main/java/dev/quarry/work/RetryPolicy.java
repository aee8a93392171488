package dev.quarry.work;

import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * How often a task is tried and how long it rests in between. Immutable; thread-safe. The rest
 * after try <i>n</i> is {@code base * multiplier^(n-1)}, at most {@code cap}; of that a random
 * part, up to {@code jitter}, is taken off, so that what failed together does not come back
 * together.
 *
 * @param attempts tries in all, 1 to 1,000,000; when the last has failed the task is {@link
 *     dev.quarry.Status#FAILED}
 * @param base the rest after the first try, 0 for none
 * @param cap the longest rest, at least {@code base}, at most 3,650 days
 * @param multiplier growth of the rest from try to try, 1 to 1,000
 * @param jitter the part of a rest that is random, 0 to 1
 */
public record RetryPolicy(
    int attempts, Duration base, Duration cap, double multiplier, double jitter) {
  private static final int MOST_ATTEMPTS = 1_000_000;
  private static final Duration LONGEST = Duration.ofDays(3_650);

  /** Checks the ranges. */
  public RetryPolicy {
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(cap, "cap");
    require(attempts >= 1 && attempts <= MOST_ATTEMPTS, "attempts must be 1 to 1000000", attempts);
    require(!base.isNegative(), "base must not be negative", base);
    require(cap.compareTo(base) >= 0, "cap must be at least base (" + base + ")", cap);
    require(cap.compareTo(LONGEST) <= 0, "cap must be at most 3650 days", cap);
    require(multiplier >= 1 && multiplier <= 1_000, "multiplier must be 1 to 1000", multiplier);
    require(jitter >= 0 && jitter <= 1, "jitter must be 0 to 1", jitter);
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ", but is " + value);
    }
  }

  /** One try: a failure is final. */
  public static RetryPolicy once() {
    return new RetryPolicy(1, Duration.ZERO, Duration.ZERO, 1, 0);
  }

  /**
   * Rests that double from {@code base} to at most an hour (or {@code base}), half of it random.
   */
  public static RetryPolicy of(int attempts, Duration base) {
    Duration hour = Duration.ofHours(1);
    return new RetryPolicy(attempts, base, base.compareTo(hour) > 0 ? base : hour, 2, 0.5);
  }

  /** The rest after try {@code attempt} (1 for the first), to the microsecond. */
  public Duration backOff(int attempt, RandomGenerator random) {
    require(attempt >= 1, "attempt must be at least 1", attempt);
    double most = cap.toNanos() / 1e3;
    double micros = Math.min(most, base.toNanos() / 1e3 * Math.pow(multiplier, attempt - 1));
    return Duration.ofNanos(Math.round(micros * (1 - jitter * random.nextDouble())) * 1_000);
  }
}
