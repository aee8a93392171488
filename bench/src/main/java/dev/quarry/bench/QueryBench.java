package dev.quarry.bench;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Times queries and point reads. */
@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    description = "Times queries, counts, point reads and a scan.")
final class QueryBench extends BenchCommand {
  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    TaskWorkload workload = new TaskWorkload(seed);
    checkTasks(tasks);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks).build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
      long before = System.nanoTime();
      Answers answers = Answers.scan(workload, store);
      double scanSeconds = (System.nanoTime() - before) / 1e9;
      answers.check(store);
      QueryTimes times = new QueryTimes(store, scaled(2));
      Map<String, Latencies> all =
          QueryTimes.seedQueries(times, workload, answers, report.section("queries"));
      Map<String, Object> others = report.section("reads");
      others.put("tasks", tasks);
      others.put(Latencies.HOW, Latencies.ONE_BY_ONE);
      others.put(
          "count_by_status",
          times.repeat(r -> store.countBy(Query.all(), TaskFields.STATUS)).figures());
      others.put(
          "summarize_by_status",
          times
              .repeat(
                  r ->
                      store.summarizeBy(Query.all(), TaskFields.STATUS, TaskFields.ESTIMATED_HOURS))
              .figures());
      others.put("get_uniform", gets(times, store, KeySequence.Distribution.UNIFORM));
      others.put("get_zipf", gets(times, store, KeySequence.Distribution.ZIPF));
      others.put("scan_seconds_with_check", scanSeconds);
      double p99 = all.get("complex_query").percentileMicros(99) / 1e3;
      report.target("complex filter, p99", "< 50 ms", Report.number(p99) + " ms", p99 < 50);
    }
  }

  private Map<String, Object> gets(
      QueryTimes times, TaskStore store, KeySequence.Distribution distribution) {
    KeySequence keys = new KeySequence(distribution, tasks, seed);
    return times.repeat(r -> QueryTimes.get(store, keys.next())).figures();
  }
}
