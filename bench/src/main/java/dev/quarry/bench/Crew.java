package dev.quarry.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that repeat their work for a time. */
final class Crew {
  /** What one thread does over and over. */
  interface Worker {
    /** Does one operation. */
    void step();
  }

  /**
   * How a run went.
   *
   * @param errors steps that threw
   * @param firstError what the first of them threw, or null
   * @param seconds how long it ran
   */
  record Outcome(long errors, Throwable firstError, double seconds) {}

  private static final int MOST_ERRORS = 1_000;

  private Crew() {}

  /** Runs each worker in its own thread and returns when all have ended. */
  static Outcome run(
      String name, List<? extends Worker> workers, Duration time, Progress progress) {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong errors = new AtomicLong();
    AtomicReference<Throwable> first = new AtomicReference<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (Worker worker : workers) {
      Thread thread =
          new Thread(() -> repeat(worker, start, stop, errors, first), "bench-" + threads.size());
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    long begin = System.nanoTime();
    start.countDown();
    try {
      long elapsed = 0;
      while (elapsed < time.toNanos() && errors.get() < MOST_ERRORS) {
        progress.at(name, Duration.ofNanos(elapsed).toSeconds(), time.toSeconds());
        Thread.sleep(Math.min(50, 1 + (time.toNanos() - elapsed) / 1_000_000));
        elapsed = System.nanoTime() - begin;
      }
      stop.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      stop.set(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    progress.clear();
    return new Outcome(errors.get(), first.get(), (System.nanoTime() - begin) / 1e9);
  }

  private static void repeat(
      Worker worker,
      CountDownLatch start,
      AtomicBoolean stop,
      AtomicLong errors,
      AtomicReference<Throwable> first) {
    try {
      start.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    while (!stop.get()) {
      try {
        worker.step();
      } catch (RuntimeException | Error e) {
        first.compareAndSet(null, e);
        if (errors.incrementAndGet() >= MOST_ERRORS) {
          return;
        }
      }
    }
  }
}
