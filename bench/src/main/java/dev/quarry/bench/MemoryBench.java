package dev.quarry.bench;

import dev.quarry.ProgressListener;
import dev.quarry.ScanOptions;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.query.Query;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Loads, scans and queries in a JVM with little heap. */
@Command(
    name = "memory",
    mixinStandardHelpOptions = true,
    description = {
      "Loads, scans and queries tasks in a JVM of its own with little heap; every answer must be",
      "right, and nothing may run out of memory."
    })
final class MemoryBench extends BenchCommand {
  private static final double MEGABYTE = 1 << 20;

  @Option(names = "--tasks", defaultValue = "100000", description = "How many; default 100000.")
  int tasks;

  @Option(
      names = "--lean",
      description = "The JVM's flags are those of the quarry launcher: serial collector, no C2.")
  boolean lean;

  @Option(names = "--heap", defaultValue = "64m", description = "Heap of the JVM; default 64m.")
  String heap;

  @Option(
      names = "--record-cache-mb",
      defaultValue = "0",
      description = "Heap for decoded tasks; default 0.")
  int recordCacheMegabytes;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "3600",
      description = "It must be done by then; default 3600.")
  int limitSeconds;

  @Option(
      names = "--tool",
      paramLabel = "JAR",
      description = "The runnable quarry.jar; with it, an export in a JVM with the same heap.")
  Path tool;

  @Option(names = "--store", hidden = true, description = "Where the store is.")
  Path place;

  @Option(names = "--here", hidden = true, description = "In this JVM.")
  boolean here;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    if (here) {
      run(report, progress);
      return;
    }
    if (tool != null && !ToolProcess.isTool(tool)) {
      throw usage("--tool " + tool + " is not a file");
    }
    place = directory.sub("store");
    Path result = directory.path().resolve("memory.json");
    ChildJvm.Outcome outcome =
        ChildJvm.bench(
            jvm(),
            List.of(
                "memory",
                "--here",
                "--tasks=" + tasks,
                "--seed=" + seed,
                "--store=" + place,
                "--record-cache-mb=" + recordCacheMegabytes,
                "--dir=" + directory.path(),
                "--json=" + result),
            directory.path().resolve("child.log"),
            Duration.ofSeconds(limitSeconds));
    if (Files.exists(result)) {
      report.take(JsonFile.read(result));
    }
    if (outcome.code() != 0) {
      spec.commandLine().getErr().println(outcome.tail());
    }
    boolean starved = outcome.output().contains("OutOfMemoryError");
    report.target(
        "done with -Xmx" + heap,
        "exit code 0",
        starved ? "out of memory" : "exit code " + outcome.code(),
        outcome.code() == 0);
    if (tool != null && outcome.code() == 0) {
      progress.at("export", 0, tasks);
      export(report, directory);
    }
  }

  private List<String> jvm() {
    return lean
        ? List.of("-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        : List.of("-Xmx" + heap);
  }

  private void export(Report report, TempDirectory directory) {
    Path file = directory.path().resolve("export.jsonl");
    long before = System.nanoTime();
    new ToolProcess(tool, place, directory.path().resolve("tool.log"))
        .run(jvm(), "export", "--format", "jsonl", "--output", file.toString());
    Map<String, Object> figures = report.section("memory");
    figures.put("export_seconds", (System.nanoTime() - before) / 1e9);
    try (Stream<String> lines = Files.lines(file)) {
      long exported = lines.filter(line -> line.contains("\"TASK-")).count();
      figures.put("exported", exported);
      report.target(
          "tasks in an export with -Xmx" + heap,
          Integer.toString(tasks),
          Long.toString(exported),
          exported == tasks);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(Report report, Progress progress) {
    TaskWorkload workload = new TaskWorkload(seed);
    TaskStoreOptions options =
        TaskStoreOptions.builder(place)
            .expectedTasks(tasks)
            .recordCacheBytes((long) recordCacheMegabytes << 20)
            .build();
    Map<String, Object> figures = report.section("memory");
    figures.put("tasks", tasks);
    report.promise("answers", "right");
    figures.put("heap_mb", Runtime.getRuntime().maxMemory() / MEGABYTE);
    try (TaskStore store = TaskStore.open(options)) {
      Loading loading = Loading.load(store, workload, tasks, progress);
      figures.put("tasks_per_second", loading.tasksPerSecond());
      ProcessMemory.resident().ifPresent(b -> figures.put("resident_after_load_mb", b / MEGABYTE));
      long before = System.nanoTime();
      long scanned = scan(store, workload);
      figures.put("scanned", scanned);
      figures.put("scan_seconds", (System.nanoTime() - before) / 1e9);
      Answers.scan(workload, store).check(store);
      figures.put("index_bytes_per_task", store.stats().index().bytes() / (double) tasks);
      figures.put("live_heap_mb", ProcessMemory.liveHeap() / MEGABYTE);
      ProcessMemory.resident().ifPresent(b -> figures.put("resident_mb", b / MEGABYTE));
      ProcessMemory.peak().ifPresent(b -> figures.put("peak_resident_mb", b / MEGABYTE));
      VerifyReport verified = store.verify(false, ProgressListener.NONE);
      report.target(
          "tasks in a scan", Long.toString(tasks), Long.toString(scanned), scanned == tasks);
      report.kept("answers", "right");
      report.target("verify", "0 problems", verified.problemCount() + " problems", verified.isOk());
    }
  }

  /** Reads and compares every task. */
  private static long scan(TaskStore store, TaskWorkload workload) {
    long number = 0;
    try (TaskCursor cursor = store.scan(Query.all(), ScanOptions.chunks(Loading.CHUNK))) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        for (Task task : chunk) {
          Task expected = workload.task(number++);
          if (!expected.equals(task)) {
            throw new WrongAnswerException("a scan gave " + task + " instead of " + expected);
          }
        }
        chunk = cursor.nextChunk();
      }
    }
    return number;
  }
}
