package dev.quarry.internal.lifecycle;

import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Lets calls through as a {@link SlidingWindow} has room, and refuses the others. Beside the
 * system's clock it goes by the process's own time, which nobody sets; by another clock it goes as
 * that goes, and one that is set back delays. Thread-safe, lock-free.
 */
public final class RateLimiter {
  private final String what;
  private final Limits.Rate rate;
  private final LongSupplier nanos;
  private final SlidingWindow window;

  /** A limiter of {@code perSecond} of what is named. */
  public RateLimiter(String what, int perSecond, InstantSource clock) {
    this(what, new Limits.Rate(perSecond, Duration.ofSeconds(1)), clock);
  }

  /** A limiter of what is named. */
  public RateLimiter(String what, Limits.Rate rate, InstantSource clock) {
    this.what = what;
    this.rate = rate;
    this.nanos = nanos(clock);
    this.window = new SlidingWindow(rate.calls(), rate.period().toNanos(), nanos.getAsLong());
  }

  private static LongSupplier nanos(InstantSource clock) {
    Clock local = Clock.system(ZoneId.systemDefault());
    if (List.of(InstantSource.system(), Clock.systemUTC(), local).contains(clock)) {
      return System::nanoTime;
    }
    Instant zero = clock.instant();
    return () -> Duration.between(zero, clock.instant()).toNanos();
  }

  /** Lets a call through, or throws {@link LimitExceededException} that says when it will be. */
  public void take() {
    long wait = window.take(nanos.getAsLong());
    if (wait > 0) {
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("what", what);
      context.put("calls", rate.calls());
      context.put("period", rate.period());
      context.put(LimitExceededException.RETRY_AFTER, Duration.ofNanos(wait));
      throw new LimitExceededException("calls come too fast; try again later", context);
    }
  }
}
