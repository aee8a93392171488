package dev.quarry.bench;

import dev.quarry.ProgressListener;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs many threads on the same tasks and reconciles every update. */
@Command(
    name = "concurrent",
    mixinStandardHelpOptions = true,
    description = "Reads and updates the same tasks from many threads; counts lost updates.")
final class ConcurrentBench extends BenchCommand {
  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Option(
      names = "--threads",
      split = ",",
      defaultValue = "10",
      description = "How many threads, such as 10, or 2,8,16 for one run each; default 10.")
  int[] threads;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long each run takes; default 60.")
  double duration;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    TaskWorkload workload = new TaskWorkload(seed);
    checkTasks(tasks);
    for (int count : threads) {
      if (count < 1) {
        throw usage("--threads must be at least 1");
      }
      TaskStoreOptions options =
          TaskStoreOptions.builder(directory.sub("store" + count)).expectedTasks(tasks).build();
      try (TaskStore store = TaskStore.open(options)) {
        Loading.load(store, workload, tasks, progress);
        run(report, store, count, progress);
      }
    }
  }

  private void run(Report report, TaskStore store, int count, Progress progress) {
    MixedLoad mix = new MixedLoad(store, tasks);
    mix.run(count, scaled(duration), seed, progress);
    Map<String, Object> figures = report.section("concurrent_" + count);
    figures.put("threads", count);
    figures.putAll(mix.figures());
    VerifyReport verified = store.verify(true, ProgressListener.NONE);
    figures.put("verify", verified.toString());
    explain(mix.firstError());
    String name = count + " threads: ";
    report.target(name + "errors", "0", Long.toString(mix.errors()), mix.errors() == 0);
    long lost = mix.lostUpdates();
    report.target(name + "lost updates", "0", Long.toString(lost), lost == 0);
    report.target(
        name + "verify", "0 problems", verified.problemCount() + " problems", verified.isOk());
  }
}
