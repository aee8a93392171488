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
      "heap and memtables, and tells of the store only where all of the heap is resident at once:",
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

  private long startFiles;

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
      List<Double> p99 = new ArrayList<>();
      List<Double> resident = new ArrayList<>();
      List<Double> nativeMemory = new ArrayList<>();
      List<Double> heap = new ArrayList<>();
      List<Double> files = new ArrayList<>();
      long errors = 0;
      long operations = 0;
      for (int w = 0; w <= windows; w++) {
        progress.at("endurance", w, windows);
        Crew.Outcome outcome =
            Crew.run("endurance", clients, scaled(duration / windows), Progress.NONE);
        errors += outcome.errors();
        explain(outcome.firstError());
        Latencies times = drain(clients);
        operations += times.operations();
        if (w > 0) {
          p99.add(times.percentileMicros(99));
          ProcessMemory.resident().ifPresent(b -> resident.add(b / MEGABYTE));
          heap.add(ProcessMemory.liveHeap() / MEGABYTE);
          ProcessMemory.trimNative();
          double committed = Runtime.getRuntime().totalMemory();
          double besideHeap = committed + memtables(store);
          ProcessMemory.resident().ifPresent(b -> nativeMemory.add((b - besideHeap) / MEGABYTE));
          openFiles(files);
        } else {
          startFiles = countFiles();
        }
      }
      progress.clear();
      report(report, p99, resident, nativeMemory, heap, files, errors, operations);
      if (errors == 0) {
        clients.forEach(StressClient::checkAll);
      }
      VerifyReport verified = store.verify(true, ProgressListener.NONE);
      report.target(
          "verify --deep", "0 problems", verified.problemCount() + " problems", verified.isOk());
    }
  }

  private void report(
      Report report,
      List<Double> p99,
      List<Double> resident,
      List<Double> nativeMemory,
      List<Double> heap,
      List<Double> files,
      long errors,
      long operations) {
    Map<String, Object> figures = report.section("endurance");
    figures.put("windows", windows);
    figures.put("window_seconds", scaled(duration / windows).toNanos() / 1e9);
    figures.put("operations", operations);
    figures.put("errors", errors);
    figures.put("p99_us_by_window", p99.toString());
    figures.put("resident_mb_by_window", resident.toString());
    figures.put("native_mb_by_window", nativeMemory.toString());
    figures.put("live_heap_mb_by_window", heap.toString());
    figures.put("open_files_by_window", files.toString());
    report.target("errors", "0", Long.toString(errors), errors == 0);
    drift(report, "p99 drift", p99, latencyDrift);
    drift(report, "native memory drift", nativeMemory, memoryDrift);
    drift(report, "live heap drift", heap, memoryDrift);
    double most = files.stream().mapToDouble(d -> d).max().orElse(0);
    report.target(
        "open files",
        "flat",
        files.isEmpty() ? "unknown" : startFiles + " at first, at most " + (long) most,
        files.isEmpty() ? null : Drift.ofThirds(files) <= SLACK_FILES);
  }

  private static void drift(Report report, String name, List<Double> series, double allowed) {
    Double drift = series.isEmpty() ? null : Drift.percent(series);
    report.target(
        name,
        "<= " + Report.number(allowed) + " %",
        drift == null ? "unknown" : Report.number(drift) + " %",
        drift == null ? null : drift <= allowed);
  }

  /** They fill up and are flushed, within the bound that the options set. */
  private static double memtables(TaskStore store) {
    return store.stats().families().stream().mapToLong(StoreStats.Family::memtableBytes).sum();
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
