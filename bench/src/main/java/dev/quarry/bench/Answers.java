package dev.quarry.bench;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * What the queries of the workload must answer, found by looking at every task in plain Java. A
 * time of a query counts only when the store gave this answer. Feed it all tasks, then ask. Not
 * thread-safe.
 */
public final class Answers {
  private record Found(long number, Task task) {}

  private static final Comparator<Found> Q2_ORDER =
      Comparator.comparing(Found::task, CompoundQuery.ORDER).thenComparing(Found::number);

  private final TaskWorkload workload;
  private final String agent;
  private final Map<Status, Long> byStatus = new EnumMap<>(Status.class);
  private final Map<String, Map<String, Long>> byField = new HashMap<>();
  private final PriorityQueue<Long> q1 = new PriorityQueue<>(Comparator.reverseOrder());
  private final List<PriorityQueue<Found>> q2 = new ArrayList<>();
  private final long[] q2Counts;
  private long tasks;
  private long ofAgent;

  /** Answers over no task yet. */
  public Answers(TaskWorkload workload) {
    this.workload = workload;
    agent = TaskWorkload.agent(0);
    q2Counts = new long[workload.q2Count()];
    for (int i = 0; i < workload.q2Count(); i++) {
      q2.add(new PriorityQueue<>(Q2_ORDER.reversed()));
    }
  }

  /** The answers over the workload's first {@code tasks} tasks. */
  public static Answers of(TaskWorkload workload, int tasks) {
    Answers answers = new Answers(workload);
    for (int i = 0; i < tasks; i++) {
      answers.add(workload.task(i));
    }
    return answers;
  }

  /** The answers over what a full scan of a store returns. */
  public static Answers scan(TaskWorkload workload, TaskReader store) {
    Answers answers = new Answers(workload);
    store.forEachChunk(Query.all(), 1_000, chunk -> chunk.forEach(answers::add));
    return answers;
  }

  /** Adds the next task in the order of insertion. */
  public void add(Task task) {
    add(tasks, task);
  }

  /** Adds the task of a number, counted from 0 in the order of insertion; each once. */
  public void add(long number, Task task) {
    tasks++;
    byStatus.merge(task.status(), 1L, Long::sum);
    one("status", task.status());
    one("priority", task.priority());
    one("agent", task.agent());
    one("assignee", task.assignee());
    one("project", task.project());
    task.tags().forEach(tag -> one("tags", tag));
    if (task.tags().isEmpty()) {
      one("tags", null);
    }
    if (agent.equals(task.agent())) {
      ofAgent++;
    }
    if (task.status() != Status.TODO) {
      return;
    }
    if (q1.size() < TaskWorkload.PAGE || number < q1.peek()) {
      q1.add(number);
      if (q1.size() > TaskWorkload.PAGE) {
        q1.remove();
      }
    }
    for (int i = 0; i < q2.size(); i++) {
      if (workload.q2(i).matches(task)) {
        q2Counts[i]++;
        PriorityQueue<Found> best = q2.get(i);
        best.add(new Found(number, task));
        if (best.size() > TaskWorkload.PAGE) {
          best.remove();
        }
      }
    }
  }

  /** Counts a task for a value. */
  private void one(String field, Object value) {
    byField
        .computeIfAbsent(field, f -> new HashMap<>())
        .merge(String.valueOf(value), 1L, Long::sum);
  }

  /**
   * How many tasks have each value of a field, as text; "null" where it has none.
   *
   * @param field its name in {@link TaskFields}
   */
  public Map<String, Long> byField(String field) {
    return byField.getOrDefault(field, Map.of());
  }

  /** How many tasks there are. */
  public long tasks() {
    return tasks;
  }

  /** How many tasks have each status; statuses without any are absent. */
  public Map<Status, Long> byStatus() {
    return byStatus;
  }

  /** How many tasks the agent of rank 0 has. */
  public long ofAgent() {
    return ofAgent;
  }

  /** How many tasks satisfy Q1. */
  public long q1Count() {
    return byStatus.getOrDefault(Status.TODO, 0L);
  }

  /** Numbers of the tasks of the first page of Q1, in order. */
  public List<Long> q1() {
    return q1.stream().sorted().toList();
  }

  /** How many tasks satisfy Q2 number {@code i}. */
  public long q2Count(int i) {
    return q2Counts[i];
  }

  /** Numbers of the tasks of the first page of Q2 number {@code i}, in order. */
  public List<Long> q2(int i) {
    return q2.get(i).stream().sorted(Q2_ORDER).map(Found::number).toList();
  }

  /**
   * Asks a store that holds the workload's tasks every question.
   *
   * @throws WrongAnswerException at the first answer that differs
   */
  public void check(TaskReader store) {
    same("count of all", tasks, store.count(Query.all()));
    same("count by status", byStatus, store.countBy(Query.all(), TaskFields.STATUS));
    same("count by agent", ofAgent, store.count(agentQuery()));
    same("count of Q1", q1Count(), store.count(TaskWorkload.q1()));
    same("page of Q1", ids(q1()), page(store, TaskWorkload.q1()));
    for (int i = 0; i < q2.size(); i++) {
      Query query = workload.q2(i).query();
      same("count of " + query, q2Counts[i], store.count(query));
      same("page of " + query, ids(q2(i)), page(store, query));
    }
  }

  /** The query for the tasks of the agent of rank 0. */
  public Query agentQuery() {
    return Query.where(TaskFields.AGENT.is(agent));
  }

  private static List<String> ids(List<Long> numbers) {
    return numbers.stream().map(TaskWorkload::id).toList();
  }

  private static List<String> page(TaskReader store, Query query) {
    Page<Task> page = store.page(query, PageRequest.first(TaskWorkload.PAGE));
    return page.items().stream().map(Task::id).toList();
  }

  private static void same(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new WrongAnswerException(
          what + " should be " + expected + ", but the store says " + actual);
    }
  }
}
