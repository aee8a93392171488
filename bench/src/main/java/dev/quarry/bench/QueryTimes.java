package dev.quarry.bench;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.query.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Times queries whose answers have been checked before. */
final class QueryTimes {
  private static final int ROUNDS = 2_000;

  private final TaskReader store;
  private final Duration atMost;

  /** For each question, warm-up and measuring end after {@code atMost} each. */
  QueryTimes(TaskReader store, Duration atMost) {
    this.store = store;
    this.atMost = atMost;
  }

  /** The times of the first pages of queries asked in turn. */
  Latencies pages(List<Query> queries) {
    return repeat(
        round -> {
          Query query = queries.get(round % queries.size());
          Page<Task> page = store.page(query, PageRequest.first(TaskWorkload.PAGE));
          if (page.items().isEmpty()) {
            throw new WrongAnswerException("an empty page for " + query);
          }
        });
  }

  /** Reads a task that must be there. */
  static void get(TaskReader store, long number) {
    String id = TaskWorkload.id(number);
    Task task = store.get(id).orElse(null);
    if (task == null || !task.id().equals(id)) {
      throw new WrongAnswerException("get of " + id + " returned " + task);
    }
  }

  /** The times of an operation after a warm-up. */
  Latencies repeat(IntConsumer operation) {
    run(operation);
    return run(operation);
  }

  private Latencies run(IntConsumer operation) {
    Latencies times = new Latencies();
    long begin = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      long before = System.nanoTime();
      operation.accept(round);
      long after = System.nanoTime();
      times.record(after - before);
      if (after - begin > atMost.toNanos()) {
        break;
      }
    }
    return times;
  }

  /** The three questions of the seed project, under its names, with its field names. */
  static Map<String, Latencies> seedQueries(
      QueryTimes times, TaskWorkload workload, Answers answers, Map<String, Object> figures) {
    List<Query> complex = new ArrayList<>();
    long complexResults = 0;
    for (int i = 0; i < workload.q2Count(); i++) {
      complex.add(workload.q2(i).query());
      complexResults += answers.q2Count(i);
    }
    Map<String, Latencies> all = new LinkedHashMap<>();
    all.put("status_filter", times.pages(List.of(TaskWorkload.q1())));
    all.put("agent_filter", times.pages(List.of(answers.agentQuery())));
    all.put("complex_query", times.pages(complex));
    figures.put(Latencies.HOW, Latencies.ONE_BY_ONE);
    figures.put("status_filter", figures(all.get("status_filter"), answers.q1Count(), 1));
    figures.put("agent_filter", figures(all.get("agent_filter"), answers.ofAgent(), 1));
    figures.put("complex_query", figures(all.get("complex_query"), complexResults, complex.size()));
    return all;
  }

  private static Map<String, Object> figures(Latencies times, long results, int queries) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("time", times.percentileMicros(50) / 1e6);
    figures.put("result_count", results);
    figures.put("queries", queries);
    figures.putAll(times.figures());
    return figures;
  }
}
