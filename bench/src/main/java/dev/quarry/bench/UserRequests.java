package dev.quarry.bench;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What users of a board do: read a task, list what is to be done, ask for urgent work, look at the
 * counts, create a task, move one on. Answers are checked; each update counts up, so that a lost
 * one is found. Thread-safe.
 */
final class UserRequests implements Users.Request {
  private static final String COUNTER = "bench-counter";

  private final TaskStore store;
  private final TaskWorkload workload;
  private final int tasks;
  private final AtomicIntegerArray updates;
  private final int[] counters;
  private final AtomicLong nextNew;

  private final long firstNew;
  private final long heldBefore;

  /** Requests to a store that holds the workload's first {@code tasks} tasks and no other. */
  UserRequests(TaskStore store, TaskWorkload workload, int tasks) {
    this(store, workload, tasks, tasks);
  }

  /**
   * Requests to a store that holds the workload's first {@code tasks} tasks, and others below
   * {@code firstNew}.
   */
  UserRequests(TaskStore store, TaskWorkload workload, int tasks, long firstNew) {
    this.store = store;
    this.workload = workload;
    this.tasks = tasks;
    this.firstNew = firstNew;
    heldBefore = store.count(Query.all());
    updates = new AtomicIntegerArray(tasks);
    counters = new int[tasks];
    for (int i = 0; i < tasks; i++) {
      counters[i] = store.get(TaskWorkload.id(i)).map(UserRequests::counter).orElseThrow();
    }
    nextNew = new AtomicLong(firstNew);
  }

  /** The number of the next new task. */
  long nextNew() {
    return nextNew.get();
  }

  @Override
  public void run(int user, SplitMix random) {
    int dice = random.nextInt(100);
    if (dice < 60) {
      get(random);
    } else if (dice < 75) {
      list();
    } else if (dice < 85) {
      urgent(random);
    } else if (dice < 90) {
      counts();
    } else if (dice < 95) {
      create();
    } else {
      update(random);
    }
  }

  private void get(SplitMix random) {
    String id = TaskWorkload.id(random.nextInt(tasks));
    Task task = store.get(id).orElse(null);
    if (task == null || !task.id().equals(id)) {
      throw new WrongAnswerException("get of " + id + " returned " + task);
    }
  }

  private void list() {
    Page<Task> page = store.page(TaskWorkload.q1(), PageRequest.first(TaskWorkload.PAGE));
    for (Task task : page.items()) {
      if (task.status() != Status.TODO) {
        throw new WrongAnswerException("a list of TODO holds " + task);
      }
    }
  }

  private void urgent(SplitMix random) {
    CompoundQuery query = workload.q2(random.nextLong());
    for (Task task : store.page(query.query(), PageRequest.first(TaskWorkload.PAGE)).items()) {
      if (!query.matches(task)) {
        throw new WrongAnswerException(query + " returned " + task);
      }
    }
  }

  private void counts() {
    long before = tasks;
    Map<Status, Long> counts = store.countBy(Query.all(), TaskFields.STATUS);
    long sum = counts.values().stream().mapToLong(Long::longValue).sum();
    if (sum < before) {
      throw new WrongAnswerException("the counts sum up to " + sum + ", below " + before);
    }
  }

  private void create() {
    long number = nextNew.getAndIncrement();
    Task task = workload.task(number);
    store.insert(task);
    if (!task.equals(store.get(task.id()).orElse(null))) {
      throw new WrongAnswerException(task.id() + " cannot be read back");
    }
  }

  private void update(SplitMix random) {
    int number = random.nextInt(tasks);
    store.update(
        TaskWorkload.id(number),
        task ->
            task.withStatus(task.status() == Status.TODO ? Status.IN_PROGRESS : Status.TODO)
                .withAttribute(COUNTER, Integer.toString(counter(task) + 1)));
    updates.incrementAndGet(number);
  }

  private static int counter(Task task) {
    return Integer.parseInt(task.attributes().getOrDefault(COUNTER, "0"));
  }

  /** Updates and new tasks that returned and are not in the store, or the other way round. */
  long lost() {
    long lost = 0;
    for (int i = 0; i < tasks; i++) {
      if (updates.get(i) > 0) {
        Task task = store.get(TaskWorkload.id(i)).orElse(null);
        lost +=
            task == null ? updates.get(i) : Math.abs(counters[i] + updates.get(i) - counter(task));
      }
    }
    long expected = heldBefore + nextNew.get() - firstNew;
    return lost + Math.abs(expected - store.count(Query.all()));
  }
}
