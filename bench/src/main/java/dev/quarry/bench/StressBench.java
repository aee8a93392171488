package dev.quarry.bench;

import dev.quarry.ProgressListener;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs every verb at random and compares each answer with a model. */
@Command(
    name = "stress",
    mixinStandardHelpOptions = true,
    description = "Reads, queries, adds, changes and removes at random, and checks every answer.")
final class StressBench extends BenchCommand {
  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Option(names = "--threads", defaultValue = "2", description = "How many threads; default 2.")
  int threads;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "How long; default 300.")
  double duration;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    TaskWorkload workload = new TaskWorkload(seed);
    checkTasks(tasks);
    if (threads < 1 || threads > tasks) {
      throw usage("--threads must be 1 to the number of tasks");
    }
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks).build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
      List<StressClient> clients = new ArrayList<>();
      for (int c = 0; c < threads; c++) {
        clients.add(new StressClient(store, workload, tasks, c, threads));
      }
      Crew.Outcome outcome = Crew.run("stress", clients, scaled(duration), progress);
      explain(outcome.firstError());
      report(report, store, clients, outcome);
    }
  }

  private void report(
      Report report, TaskStore store, List<StressClient> clients, Crew.Outcome outcome) {
    Map<String, Object> figures = report.section("stress");
    figures.put("tasks", tasks);
    figures.put("threads", threads);
    figures.put("duration", outcome.seconds());
    Latencies all = new Latencies();
    Map<String, Object> kinds = report.section("operations");
    kinds.put(Latencies.HOW, Latencies.CLOSED_LOOP);
    for (StressClient.Kind kind : StressClient.Kind.values()) {
      Latencies sum = new Latencies();
      clients.forEach(c -> sum.add(c.times().get(kind)));
      all.add(sum);
      kinds.put(
          kind.name().toLowerCase(Locale.ROOT), sum.closedLoopFigures(threads, outcome.seconds()));
    }
    figures.put("operations", all.operations());
    figures.put("ops_per_second", all.operations() / outcome.seconds());
    figures.put("errors", outcome.errors());
    report.target("errors", "0", Long.toString(outcome.errors()), outcome.errors() == 0);
    if (outcome.errors() == 0) {
      clients.forEach(StressClient::checkAll);
      long expected = tasks + clients.stream().mapToLong(StressClient::remaining).sum();
      long actual = store.count(Query.all());
      report.target("tasks", Long.toString(expected), Long.toString(actual), expected == actual);
    }
    VerifyReport verified = store.verify(true, ProgressListener.NONE);
    figures.put("verify", verified.toString());
    report.target(
        "verify --deep", "0 problems", verified.problemCount() + " problems", verified.isOk());
  }
}
