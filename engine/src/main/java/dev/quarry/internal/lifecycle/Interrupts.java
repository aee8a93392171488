package dev.quarry.internal.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Keeps a thread's interrupt for later: it would close files under work on them, and end waits for
 * what has to be over first.
 */
public final class Interrupts {
  private Interrupts() {}

  /**
   * The result of {@code work}, done in a thread of its own, which nobody interrupts; waits for it,
   * and sets an interrupt that came meanwhile again behind it. What the work throws is thrown.
   */
  public static <R> R apart(String threadName, Supplier<R> work) {
    return begun(threadName, work).get();
  }

  /** Begins {@code work} in the same way; asking for the result waits for it, each time it is. */
  public static <R> Supplier<R> begun(String threadName, Supplier<R> work) {
    FutureTask<R> task = new FutureTask<>(work::get);
    try {
      Thread thread = new Thread(task, threadName);
      thread.setDaemon(true);
      thread.start();
    } catch (OutOfMemoryError e) {
      deferred(task); // there is no thread to be had: here, and a close must not be left undone
    }
    return () -> await(task);
  }

  private static <R> R await(FutureTask<R> task) {
    try {
      return outlast(task::get);
    } catch (ExecutionException e) {
      throw Failures.again(e.getCause());
    }
  }

  /** Waits for the end of a thread; an interrupt that comes meanwhile is set again behind it. */
  public static void join(Thread thread) {
    outlast(
        () -> {
          thread.join();
          return null;
        });
  }

  /** Waits until a latch is open; an interrupt that comes meanwhile is set again behind it. */
  public static void await(CountDownLatch latch) {
    outlast(
        () -> {
          latch.await();
          return null;
        });
  }

  /** A wait that an interrupt ends, and that may be begun again. */
  @FunctionalInterface
  public interface Waiting<R, X extends Exception> {
    /** Waits; what came of it. */
    R await() throws InterruptedException, X;
  }

  /** What comes of {@code wait}, begun again after each interrupt; one is set again behind it. */
  public static <R, X extends Exception> R outlast(Waiting<R, X> wait) throws X {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs {@code work} with the interrupt cleared, and sets it again behind it. */
  public static void deferred(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** In nanoseconds, at most half of what fits, so that a sum with the time of now fits too. */
  public static long nanos(Duration time) {
    Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
    return (time.compareTo(longest) < 0 ? time : longest).toNanos();
  }
}
