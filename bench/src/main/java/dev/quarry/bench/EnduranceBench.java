package dev.quarry.bench;

import dev.quarry.ProgressListener;
import dev.quarry.StoreStats;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The same load for a long time, in windows. The first window is the warm-up; the second, and those
 * after it, must stay alike: the median of the last third is compared with that of the first.
 */
@Command(
    name = "endurance",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the same mixed load for a long time and looks whether anything drifts: the 99th",
      "percentile, live heap, native memory, open files. Native memory is what is resident beyond",
      "heap, memtables and block cache, and tells of the store only where all of the heap is",
      "resident at once:",
      "  java -Xms2g -Xmx2g -XX:+AlwaysPreTouch"
    })
final class EnduranceBench extends BenchCommand {
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");
  private static final double MEGABYTE = 1 << 20;
  private static final int FEWEST_WINDOWS = 3;
  private static final int SLACK_FILES = 8;

  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Option(names = "--threads", defaultValue = "2", description = "How many; default 2.")
  int threads;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "1800",
      description = "How long; default 1800. The warm-up of one window comes on top.")
  double duration;

  @Option(
      names = "--windows",
      defaultValue = "30",
      description = "Into how many windows the time is cut; default 30.")
  int windows;

  @Option(
      names = "--latency-drift",
      paramLabel = "PERCENT",
      defaultValue = "20",
      description = "How far the 99th percentile may rise; default 20.")
  double latencyDrift;

  @Option(
      names = "--memory-drift",
      paramLabel = "PERCENT",
      defaultValue = "5",
      description = "How far native memory and live heap may rise; default 5.")
  double memoryDrift;

  /** What is looked at, a figure for each window behind the warm-up. */
  private static final class Series {
    final List<Double> p99 = new ArrayList<>();
    final List<Double> resident = new ArrayList<>();
    final List<Double> nativeMemory = new ArrayList<>();
    final List<Double> blockCache = new ArrayList<>();
    final List<Double> tables = new ArrayList<>();
    final List<Double> heap = new ArrayList<>();
    final List<Double> files = new ArrayList<>();
    long startFiles;
    long errors;
    long operations;

    void add(Latencies times, TaskStore store) {
      p99.add(times.percentileMicros(99));
      ProcessMemory.resident().ifPresent(b -> resident.add(b / MEGABYTE));
      heap.add(ProcessMemory.liveHeap() / MEGABYTE);
      ProcessMemory.trimNative();
      StoreStats stats = store.stats();
      blockCache.add(stats.blockCacheBytes() / MEGABYTE);
      tables.add(
          stats.families().stream().mapToLong(StoreStats.Family::tableBytes).sum() / MEGABYTE);
      double besideNative = Runtime.getRuntime().totalMemory() + buffers(stats);
      ProcessMemory.resident().ifPresent(b -> nativeMemory.add((b - besideNative) / MEGABYTE));
      openFiles(files);
    }
  }

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    if (windows < FEWEST_WINDOWS || threads < 1 || threads > tasks) {
      throw usage("--windows must be at least " + FEWEST_WINDOWS + ", --threads 1 to --tasks");
    }
    TaskWorkload workload = new TaskWorkload(seed);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks).build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
      List<StressClient> clients = new ArrayList<>();
      for (int c = 0; c < threads; c++) {
        clients.add(new StressClient(store, workload, tasks, c, threads));
      }
      Series series = new Series();
      for (int w = 0; w <= windows; w++) {
        progress.at("endurance", w, windows);
        Crew.Outcome outcome =
            Crew.run("endurance", clients, scaled(duration / windows), Progress.NONE);
        series.errors += outcome.errors();
        explain(outcome.firstError());
        Latencies times = drain(clients);
        series.operations += times.operations();
        if (w > 0) {
          series.add(times, store);
        } else {
          series.startFiles = countFiles();
        }
      }
      progress.clear();
      report(report, series);
      if (series.errors == 0) {
        clients.forEach(StressClient::checkAll);
      }
      VerifyReport verified = store.verify(true, ProgressListener.NONE);
      report.target(
          "verify --deep", "0 problems", verified.problemCount() + " problems", verified.isOk());
    }
  }

  private void report(Report report, Series series) {
    Map<String, Object> figures = report.section("endurance");
    figures.put("windows", windows);
    figures.put("window_seconds", scaled(duration / windows).toNanos() / 1e9);
    figures.put("operations", series.operations);
    figures.put("errors", series.errors);
    figures.put(Latencies.HOW, Latencies.ONE_BY_ONE);
    figures.put("p99_us_by_window", series.p99.toString());
    figures.put("resident_mb_by_window", series.resident.toString());
    figures.put("native_mb_by_window", series.nativeMemory.toString());
    figures.put("block_cache_mb_by_window", series.blockCache.toString());
    figures.put("open_tables_mb_by_window", series.tables.toString());
    figures.put("live_heap_mb_by_window", series.heap.toString());
    figures.put("open_files_by_window", series.files.toString());
    report.target("errors", "0", Long.toString(series.errors), series.errors == 0);
    drift(report, "p99 drift", series.p99, latencyDrift);
    drift(report, "native memory drift", series.nativeMemory, memoryDrift);
    drift(report, "live heap drift", series.heap, memoryDrift);
    List<Double> files = series.files;
    double most = files.stream().mapToDouble(d -> d).max().orElse(0);
    report.target(
        "open files",
        "flat",
        files.isEmpty() ? "unknown" : series.startFiles + " at first, at most " + (long) most,
        files.isEmpty() ? null : Drift.ofThirds(files) <= SLACK_FILES);
  }

  private static void drift(Report report, String name, List<Double> series, double allowed) {
    // beyond a heap that is not resident yet there is no figure to compare with
    boolean known = !series.isEmpty() && series.stream().allMatch(value -> value > 0);
    Double drift = known ? Drift.percent(series) : null;
    report.target(
        name,
        "<= " + Report.number(allowed) + " %",
        drift == null ? "unknown" : Report.number(drift) + " %",
        drift == null ? null : drift <= allowed);
  }

  /** What fills up slowly within bounds that the options set: memtables and the block cache. */
  private static double buffers(StoreStats stats) {
    return stats.blockCacheBytes()
        + stats.families().stream().mapToLong(StoreStats.Family::memtableBytes).sum();
  }

  private static Latencies drain(List<StressClient> clients) {
    Latencies sum = new Latencies();
    for (StressClient client : clients) {
      client.times().values().forEach(sum::add);
      client.times().values().forEach(Latencies::reset);
    }
    return sum;
  }

  private static void openFiles(List<Double> files) {
    long count = countFiles();
    if (count > 0) {
      files.add((double) count);
    }
  }

  /** Open file descriptors of this process; 0 where the system does not tell. */
  private static long countFiles() {
    if (!Files.isDirectory(OPEN_FILES)) {
      return 0;
    }
    try (Stream<Path> open = Files.list(OPEN_FILES)) {
      return open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
