package dev.quarry.internal.lifecycle;

import dev.quarry.LimitExceededException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket, kept as the one time at which it will be full again (the generic cell rate
 * algorithm). It holds a fiftieth of a second's tokens, at least one, so that no second admits more
 * than two in a hundred above the rate. A clock that is set back delays; one that is set forward
 * fills the bucket. Thread-safe, lock-free.
 */
public final class RateLimiter {
  private static final long SECOND = 1_000_000_000L;

  private final String what;
  private final int perSecond;
  private final InstantSource clock;
  private final long interval;
  private final long burst;
  private final Instant zero;
  private final AtomicLong full = new AtomicLong();

  /** A limiter of {@code perSecond} of what is named. */
  public RateLimiter(String what, int perSecond, InstantSource clock) {
    this.what = what;
    this.perSecond = perSecond;
    this.clock = clock;
    this.interval = SECOND / perSecond;
    this.burst = Math.max(1, perSecond / 50) * interval;
    this.zero = clock.instant();
  }

  /** Takes a token, or throws {@link LimitExceededException} that says when there will be one. */
  public void take() {
    long now = Duration.between(zero, clock.instant()).toNanos();
    while (true) {
      long before = full.get();
      long next = Math.max(before, now) + interval;
      if (next - now > burst) {
        throw exceeded(Duration.ofNanos(next - now - burst));
      }
      if (full.compareAndSet(before, next)) {
        return;
      }
    }
  }

  private LimitExceededException exceeded(Duration retryAfter) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("what", what);
    context.put("perSecond", perSecond);
    context.put(LimitExceededException.RETRY_AFTER, retryAfter);
    return new LimitExceededException("calls come too fast; try again later", context);
  }
}
