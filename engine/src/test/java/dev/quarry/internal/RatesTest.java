package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.lifecycle.RateLimiter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rates of calls, by a clock that is moved by hand. */
@Timeout(120)
class RatesTest {
  @TempDir Path directory;
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

  private TaskStoreOptions options(Limits limits) {
    return TaskStoreOptions.builder(directory.resolve("s")).clock(now::get).limits(limits).build();
  }

  @Test
  void aLimiterKeepsItsRate() {
    RateLimiter limiter = new RateLimiter("calls", 100, now::get);
    for (int second = 0; second < 3; second++) {
      int admitted = 0;
      for (int i = 0; i < 1_000; i++) {
        try {
          limiter.take();
          admitted++;
        } catch (LimitExceededException e) {
          assertThat(e.retryAfter()).contains(Duration.ofMillis(1_000 - i));
        }
        now.updateAndGet(t -> t.plusMillis(1));
      }
      assertThat(admitted).isEqualTo(100);
    }
    now.updateAndGet(t -> t.plusSeconds(3_600)); // an hour of rest lets no more come at once
    for (int i = 0; i < 100; i++) {
      limiter.take();
    }
    assertThatThrownBy(limiter::take).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void callsOfAMinuteMayComeAtOnce() {
    Limits limits = Limits.DEFAULT.calls("user", 100, Duration.ofMinutes(1));
    try (TaskStore store = TaskStore.open(options(limits))) {
      TaskStore user = store.as("user");
      for (int minute = 0; minute < 2; minute++) {
        for (int i = 0; i < 100; i++) {
          user.get("T-1");
        }
        assertRefused(user, Duration.ofSeconds(60));
        now.updateAndGet(t -> t.plusSeconds(60).minusNanos(1));
        assertRefused(user, Duration.ofNanos(1));
        now.updateAndGet(t -> t.plusNanos(1));
      }
    }
  }

  @Test
  void noMinuteHasMoreCallsWhereverItBegins() {
    Limits limits = Limits.DEFAULT.calls("user", 100, Duration.ofMinutes(1));
    try (TaskStore store = TaskStore.open(options(limits))) {
      TaskStore user = store.as("user");
      for (int i = 0; i < 50; i++) {
        user.get("T-1");
      }
      now.updateAndGet(t -> t.plusSeconds(40));
      for (int i = 0; i < 50; i++) {
        user.get("T-1");
      }
      assertRefused(user, Duration.ofSeconds(20));
      now.updateAndGet(t -> t.plusSeconds(20));
      for (int i = 0; i < 50; i++) { // in the place of the first ones
        user.get("T-1");
      }
      assertRefused(user, Duration.ofSeconds(40));
    }
  }

  private static void assertRefused(TaskStore user, Duration retryAfter) {
    assertThatThrownBy(() -> user.get("T-1"))
        .isInstanceOfSatisfying(
            LimitExceededException.class, e -> assertThat(e.retryAfter()).contains(retryAfter))
        .hasMessageContaining("calls=100, period=PT1M");
  }

  /** A clock that passes for the system's, and jumps whenever it is looked at. */
  private static final class JumpingClock extends Clock {
    private long day;

    @Override
    public Instant instant() {
      return Instant.EPOCH.plus(Duration.ofDays(++day));
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public boolean equals(Object other) {
      return other == this || Clock.systemUTC().equals(other);
    }

    @Override
    public int hashCode() {
      return Clock.systemUTC().hashCode();
    }
  }

  @Test
  void theSystemsClockMayBeSet() {
    Limits.Rate rate = new Limits.Rate(1, Duration.ofDays(2));
    RateLimiter limiter = new RateLimiter("calls", rate, new JumpingClock());
    limiter.take();
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(limiter::take).isInstanceOf(LimitExceededException.class);
    }
  }

  @Test
  void aClockSetBackOnlyDelays() {
    RateLimiter limiter = new RateLimiter("calls", 1, now::get);
    limiter.take();
    now.updateAndGet(t -> t.minusSeconds(1));
    assertThatThrownBy(limiter::take).isInstanceOf(LimitExceededException.class);
    now.updateAndGet(t -> t.plusMillis(1_999));
    assertThatThrownBy(limiter::take).isInstanceOf(LimitExceededException.class);
    now.updateAndGet(t -> t.plusMillis(1));
    limiter.take();
  }
}
