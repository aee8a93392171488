package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.LimitExceededException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // nanoTime may wrap

  private final List<Long> waits = new ArrayList<>();

  /** A lock that is free after so many seconds. */
  @SuppressWarnings("serial")
  private ReentrantLock free(int seconds) {
    return new ReentrantLock() {
      @Override
      public boolean tryLock(long time, TimeUnit unit) {
        waits.add(unit.toSeconds(time));
        now.addAndGet(Math.min(unit.toNanos(time), TimeUnit.SECONDS.toNanos(seconds)));
        return unit.toSeconds(time) >= seconds;
      }
    };
  }

  @Test
  void onlyWhatIsWaitedForOthersCounts() {
    Patience patience = new Patience(Duration.ofSeconds(30), now::get);
    now.addAndGet(TimeUnit.SECONDS.toNanos(40)); // work of its own
    patience.lock(free(20));
    now.addAndGet(TimeUnit.SECONDS.toNanos(40));
    patience.lock(free(4));
    assertThatThrownBy(() -> patience.lock(free(7)))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("acquireTimeout");
    assertThat(waits).containsExactly(30L, 10L, 6L);
    assertThatThrownBy(() -> patience.lock(free(1))).isInstanceOf(LimitExceededException.class);
    assertThat(waits).endsWith(0L);
  }

  @Test
  void withoutALimitItWaits() {
    ReentrantLock lock = new ReentrantLock();
    Patience.ENDLESS.lock(lock);
    assertThat(lock.isHeldByCurrentThread()).isTrue();
  }
}
