package dev.quarry.bench;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import java.util.Map;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The time from a commit's due moment to the listener's call, with many subscriptions. */
@Command(
    name = "feed",
    mixinStandardHelpOptions = true,
    description = "Measures how soon changes reach many subscribers; checks that all arrive.")
final class FeedBench extends BenchCommand {
  private static final double TARGET_MILLIS = 10;
  private static final long TARGET_BYTES = 512L << 20;

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

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    if (subscribers < 1 || rate < 1 || matching < 1 || matching > subscribers) {
      throw usage("--subscribers, --rate and --matching must be at least 1");
    }
    FeedLoad load = new FeedLoad(subscribers, rate, matching);
    try (TaskStore store =
        TaskStore.open(TaskStoreOptions.builder(directory.sub("store")).build())) {
      load.run(store, scaled(duration), progress);
      report(report, load);
    }
  }

  private void report(Report report, FeedLoad load) {
    Map<String, Object> figures = report.section("feed");
    figures.put("subscribers", subscribers);
    figures.put("changes_per_second", rate);
    figures.put("matching", matching);
    figures.put("changes", load.written());
    figures.put("deliveries", load.arrived());
    figures.put("measured", load.measured());
    figures.put(Latencies.HOW, FeedLoad.HOW);
    figures.put("p50_ms", load.millis(50));
    figures.put("p99_ms", load.millis(99));
    figures.put("p999_ms", load.millis(99.9));
    figures.put("max_ms", load.maxMillis());
    OptionalLong peak = ProcessMemory.peak();
    peak.ifPresent(bytes -> figures.put("peak_resident_mb", bytes >> 20));
    report.target(
        "commit to callback, p99",
        "< 10 ms",
        Report.number(load.millis(99)) + " ms",
        load.millis(99) < TARGET_MILLIS);
    report.target(
        "resident memory, peak",
        "< 512 MB",
        peak.isPresent() ? (peak.getAsLong() >> 20) + " MB" : "unknown",
        peak.isPresent() ? peak.getAsLong() < TARGET_BYTES : null);
  }
}
