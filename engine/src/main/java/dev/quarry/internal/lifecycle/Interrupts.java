package dev.quarry.internal.lifecycle;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** Keeps a thread's interrupt away from work on files, which it would close under the work. */
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
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause(); // a supplier throws nothing else
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits for the end of a thread; an interrupt that comes meanwhile is set again behind it. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
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
