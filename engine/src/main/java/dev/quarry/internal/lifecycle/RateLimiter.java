package dev.quarry.internal.lifecycle;

import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket, kept as the one time at which it will be full again (the generic cell rate
 * algorithm). For a period of up to a second it holds a fiftieth of its tokens, at least one, so
 * that no such period admits more than two in a hundred above the rate; for a longer one, in which
 * callers come in bursts, all of them. A clock that is set back delays; one that is set forward
 * fills the bucket. Thread-safe, lock-free.
 */
public final class RateLimiter {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final String what;
  private final Limits.Rate rate;
  private final InstantSource clock;
  private final long interval;
  private final long burst;
  private final Instant zero;
  private final AtomicLong full = new AtomicLong();

  /** A limiter of {@code perSecond} of what is named. */
  public RateLimiter(String what, int perSecond, InstantSource clock) {
    this(what, new Limits.Rate(perSecond, SECOND), clock);
  }

  /** A limiter of what is named. */
  public RateLimiter(String what, Limits.Rate rate, InstantSource clock) {
    this.what = what;
    this.rate = rate;
    this.clock = clock;
    this.interval = rate.period().toNanos() / rate.calls();
    boolean bursts = rate.period().compareTo(SECOND) > 0;
    this.burst = interval * (bursts ? rate.calls() : Math.max(1, rate.calls() / 50));
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
    context.put("calls", rate.calls());
    context.put("period", rate.period());
    context.put(LimitExceededException.RETRY_AFTER, retryAfter);
    return new LimitExceededException("calls come too fast; try again later", context);
  }
}
