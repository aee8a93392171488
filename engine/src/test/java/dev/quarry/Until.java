package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what nobody signals. */
public final class Until {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private Until() {}

  /** Looks again and again; fails with {@code what} where it does not hold within a minute. */
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    long begin = System.nanoTime();
    while (!condition.call()) {
      assertThat(System.nanoTime() - begin)
          .as("nanoseconds until %s", what)
          .isLessThan(LIMIT_NANOS);
      TimeUnit.MILLISECONDS.sleep(1); // throws when the test's own time is over
    }
  }

  /** Waits for so many nanoseconds and no less; a park may end early. */
  public static void isOver(long nanos) {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < nanos) {
      LockSupport.parkNanos(nanos - (System.nanoTime() - begin));
    }
  }
}
