package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Changes at a steady rate to a store that many watch. It counts the time to each listener's call
 * from when the write was due, not from when it began, so that a stall is not hidden by the writes
 * that it kept back; the commit itself is part of it. Used once.
 */
final class FeedLoad {
  /** How its times are measured. */
  static final String HOW =
      "from when a write was due by a schedule that nothing moves (open loop) to the call";

  /** Not scaled: how long the JVM compiles does not depend on how long is measured. */
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  private final int rate;
  private final int matching;
  private final int groups;
  private final ConcurrentHistogram nanos = new ConcurrentHistogram(3);
  private volatile boolean warm;
  private long written;
  private long arrived;

  /**
   * A load that is not begun.
   *
   * @param subscribers how many watch
   * @param rate changes a second
   * @param matching how many subscribers each change concerns
   */
  FeedLoad(int subscribers, int rate, int matching) {
    this.rate = rate;
    this.matching = matching;
    groups = subscribers / matching;
  }

  /**
   * Runs it behind two seconds of warm-up, in an empty store; checks that all changes reach all
   * whom they concern.
   */
  void run(TaskStore store, Duration measured, Progress progress) {
    List<Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < groups * matching; i++) {
      WatchOptions options =
          WatchOptions.builder().filter(TaskFields.ASSIGNEE.is("w" + i % groups)).build();
      subscriptions.add(store.watch(options, this::arrived));
    }
    written = write(store, measured, progress);
    arrived = awaitAll(store, subscriptions);
    if (arrived != written * matching) {
      throw new WrongAnswerException(
          written + " changes for " + matching + " each, but " + arrived + " arrived");
    }
  }

  private void arrived(Change change) {
    if (warm) {
      nanos.recordValue(Math.max(0, System.nanoTime() - Long.parseLong(change.after().title())));
    }
  }

  /** Writes at the rate; returns how many changes it made. */
  private long write(TaskStore store, Duration measured, Progress progress) {
    long step = 1_000_000_000L / rate;
    long warmUp = WARM_UP.toNanos() / step;
    long total = warmUp + measured.toNanos() / step;
    long start = System.nanoTime();
    for (long i = 0; i < total; i++) {
      warm = i >= warmUp;
      long due = start + i * step;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      long group = i % groups;
      store.put(Task.builder("T-" + group, Long.toString(due)).assignee("w" + group).build());
      if (i % rate == 0) {
        progress.at("feed", i, total);
      }
    }
    progress.clear();
    return total;
  }

  private static long awaitAll(TaskStore store, List<Subscription> subscriptions) {
    long sum = 0;
    try {
      for (Subscription subscription : subscriptions) {
        if (!subscription.await(store.sequence(), Duration.ofSeconds(60))) {
          throw new WrongAnswerException("a subscription does not arrive: " + subscription.state());
        }
        sum += subscription.delivered();
      }
      return sum;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WrongAnswerException("interrupted");
    }
  }

  /** Changes made, those of the warm-up too. */
  long written() {
    return written;
  }

  /** Calls of listeners, those of the warm-up too. */
  long arrived() {
    return arrived;
  }

  /** Calls whose time was measured. */
  long measured() {
    return nanos.getTotalCount();
  }

  double millis(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e6;
  }

  double maxMillis() {
    return nanos.getMaxValue() / 1e6;
  }
}
