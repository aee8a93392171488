package dev.quarry.internal.change;

/** A token bucket: so many a second, with a burst of as many. Not thread-safe. */
final class RateLimit {
  private static final double NANOS = 1e9;

  private final double perNano;
  private final double burst;
  private double tokens;
  private long then;

  RateLimit(double perSecond, long now) {
    this.perNano = perSecond / NANOS;
    this.burst = Math.max(1, perSecond);
    this.tokens = burst;
    this.then = now;
  }

  /** Takes one at {@code now}, in nanoseconds; the time to wait before the next try, 0 if taken. */
  long take(long now) {
    tokens = Math.min(burst, tokens + Math.max(0, now - then) * perNano);
    then = now;
    if (tokens >= 1) {
      tokens--;
      return 0;
    }
    return (long) Math.ceil((1 - tokens) / perNano);
  }
}
