package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The time from a commit's due moment to the listener's call, with many subscriptions. It counts
 * from when the write was due, not from when it began, so that a stall is not hidden by the writes
 * that it kept back; the commit itself is part of it.
 */
@Command(
    name = "feed",
    mixinStandardHelpOptions = true,
    description = "Measures how soon changes reach many subscribers; checks that all arrive.")
final class FeedBench extends BenchCommand {
  private static final double TARGET_MILLIS = 10;
  private static final long TARGET_BYTES = 512L << 20;

  /** Not scaled: how long the JVM compiles does not depend on how long is measured. */
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  @Option(names = "--subscribers", defaultValue = "1000", description = "Default 1000.")
  int subscribers;

  @Option(names = "--rate", defaultValue = "1000", description = "Changes a second; default 1000.")
  int rate;

  @Option(
      names = "--matching",
      defaultValue = "1",
      description = "How many subscribers each change concerns; default 1.")
  int matching;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long, behind two seconds of warm-up; default 30.")
  double duration;

  private final ConcurrentHistogram nanos = new ConcurrentHistogram(3);
  private volatile boolean warm;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    if (subscribers < 1 || rate < 1 || matching < 1 || matching > subscribers) {
      throw usage("--subscribers, --rate and --matching must be at least 1");
    }
    int groups = subscribers / matching;
    try (TaskStore store =
        TaskStore.open(TaskStoreOptions.builder(directory.sub("store")).build())) {
      List<Subscription> subscriptions = new ArrayList<>();
      for (int i = 0; i < groups * matching; i++) {
        WatchOptions options =
            WatchOptions.builder().filter(TaskFields.ASSIGNEE.is("w" + i % groups)).build();
        subscriptions.add(store.watch(options, this::arrived));
      }
      long written = write(store, groups, progress);
      long arrived = awaitAll(store, subscriptions);
      if (arrived != written * matching) {
        throw new WrongAnswerException(
            written + " changes for " + matching + " each, but " + arrived + " arrived");
      }
      report(report, written, arrived);
    }
  }

  private void arrived(Change change) {
    if (warm) {
      nanos.recordValue(Math.max(0, System.nanoTime() - Long.parseLong(change.after().title())));
    }
  }

  /** Writes at the rate; returns how many changes it made. */
  private long write(TaskStore store, int groups, Progress progress) {
    long step = 1_000_000_000L / rate;
    long warmUp = WARM_UP.toNanos() / step;
    long total = warmUp + scaled(duration).toNanos() / step;
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

  private void report(Report report, long written, long arrived) {
    Map<String, Object> figures = report.section("feed");
    figures.put("subscribers", subscribers);
    figures.put("changes_per_second", rate);
    figures.put("matching", matching);
    figures.put("changes", written);
    figures.put("deliveries", arrived);
    figures.put("measured", nanos.getTotalCount());
    figures.put(
        Latencies.HOW,
        "from when a write was due by a schedule that nothing moves (open loop) to the call");
    figures.put("p50_ms", millis(50));
    figures.put("p99_ms", millis(99));
    figures.put("p999_ms", millis(99.9));
    figures.put("max_ms", nanos.getMaxValue() / 1e6);
    OptionalLong peak = ProcessMemory.peak();
    peak.ifPresent(bytes -> figures.put("peak_resident_mb", bytes >> 20));
    report.target(
        "commit to callback, p99",
        "< 10 ms",
        Report.number(millis(99)) + " ms",
        millis(99) < TARGET_MILLIS);
    report.target(
        "resident memory, peak",
        "< 512 MB",
        peak.isPresent() ? (peak.getAsLong() >> 20) + " MB" : "unknown",
        peak.isPresent() ? peak.getAsLong() < TARGET_BYTES : null);
  }

  private double millis(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e6;
  }
}
