package dev.quarry.bench;

import dev.quarry.Durability;
import dev.quarry.ProgressListener;
import dev.quarry.ScanOptions;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.query.Query;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Synced writes, compactions and scans at the same time. */
@Command(
    name = "io",
    mixinStandardHelpOptions = true,
    description = {
      "Writes with fsync, compacts and scans at the same time; every scan must see what was",
      "acknowledged before it began."
    })
final class IoBench extends BenchCommand {
  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long; default 60.")
  double duration;

  private final AtomicLong acknowledged = new AtomicLong();

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    TaskWorkload workload = new TaskWorkload(seed);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("store"))
            .expectedTasks(tasks)
            .durability(Durability.SYNC)
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
      acknowledged.set(tasks);
      Latencies writes = new Latencies();
      Latencies compactions = new Latencies();
      Latencies scans = new Latencies();
      Crew.Outcome outcome =
          Crew.run(
              "io",
              List.of(
                  () -> timed(writes, () -> write(store, workload)),
                  () -> timed(compactions, store::compact),
                  () -> timed(scans, () -> scan(store, workload))),
              scaled(duration),
              progress);
      explain(outcome.firstError());
      Map<String, Object> figures = report.section("io");
      figures.put("tasks", tasks);
      figures.put("seconds", outcome.seconds());
      figures.put(Latencies.HOW, Latencies.CLOSED_LOOP);
      figures.put("writes_with_fsync", writes.closedLoopFigures(1, outcome.seconds()));
      figures.put("compactions", compactions.closedLoopFigures(1, outcome.seconds()));
      figures.put("scans", scans.closedLoopFigures(1, outcome.seconds()));
      figures.put("errors", outcome.errors());
      report.target("errors", "0", Long.toString(outcome.errors()), outcome.errors() == 0);
      boolean all =
          writes.operations() > 0 && compactions.operations() > 0 && scans.operations() > 0;
      report.target("each kind ran", "yes", all ? "yes" : "no", all);
      long held = store.count(Query.all());
      report.target(
          "tasks",
          Long.toString(acknowledged.get()),
          Long.toString(held),
          held == acknowledged.get());
      VerifyReport verified = store.verify(true, ProgressListener.NONE);
      report.target(
          "verify --deep", "0 problems", verified.problemCount() + " problems", verified.isOk());
    }
  }

  private static void timed(Latencies times, Runnable work) {
    long before = System.nanoTime();
    work.run();
    times.record(System.nanoTime() - before);
  }

  private void write(TaskStore store, TaskWorkload workload) {
    store.insert(workload.task(acknowledged.get()));
    acknowledged.incrementAndGet();
  }

  private void scan(TaskStore store, TaskWorkload workload) {
    long least = acknowledged.get();
    long number = 0;
    try (TaskCursor cursor = store.scan(Query.all(), ScanOptions.chunks(Loading.CHUNK))) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        for (Task task : chunk) {
          if (!workload.task(number++).equals(task)) {
            throw new WrongAnswerException("a scan gave " + task + " as number " + (number - 1));
          }
        }
        chunk = cursor.nextChunk();
      }
    }
    if (number < least) {
      throw new WrongAnswerException("a scan gave " + number + " tasks, below " + least);
    }
  }
}
