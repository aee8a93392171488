package dev.quarry.internal;

import dev.quarry.ConflictException;
import dev.quarry.work.RetryPolicy;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** Runs work again that met a conflict, behind pauses that grow and differ between threads. */
final class Retries {
  private static final long FIRST_PAUSE_NANOS = 1_000_000;
  private static final int MOST_DOUBLINGS = 7;

  private Retries() {}

  static <R> R run(int attempts, Supplier<R> work) {
    return run(attempts, work, LockSupport::parkNanos);
  }

  static <R> R run(RetryPolicy policy, Supplier<R> work) {
    return run(policy, work, LockSupport::parkNanos);
  }

  static <R> R run(int attempts, Supplier<R> work, LongConsumer pause) {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1, but is " + attempts);
    }
    return run(attempts, Retries::usualPause, work, pause);
  }

  static <R> R run(RetryPolicy policy, Supplier<R> work, LongConsumer pause) {
    IntToLongFunction pauses =
        attempt -> policy.backOff(attempt, ThreadLocalRandom.current()).toNanos();
    return run(policy.attempts(), pauses, work, pause);
  }

  private static long usualPause(int attempt) {
    long most = FIRST_PAUSE_NANOS << Math.min(attempt - 1, MOST_DOUBLINGS);
    return ThreadLocalRandom.current().nextLong(most / 2, most + 1);
  }

  private static <R> R run(
      int attempts, IntToLongFunction pauses, Supplier<R> work, LongConsumer pause) {
    for (int attempt = 1; ; attempt++) {
      try {
        return work.get();
      } catch (ConflictException e) {
        if (attempt == attempts) {
          throw e;
        }
        pause.accept(pauses.applyAsLong(attempt));
      }
    }
  }
}
