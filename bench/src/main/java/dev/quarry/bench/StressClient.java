package dev.quarry.bench;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One thread of the stress run. Of the tasks that the store held at the start it owns every n-th;
 * it alone writes them, so it knows what each must hold, and reads of them are compared with that.
 * It also adds tasks and removes them again. Not thread-safe.
 */
final class StressClient implements Crew.Worker {
  /** Kinds of operations. */
  enum Kind {
    /** A read of one task, of any client. */
    GET,
    /** A page of a query. */
    QUERY,
    /** A change of an own task. */
    UPDATE,
    /** A change of the status of ten own tasks. */
    BULK_STATUS,
    /** A new task. */
    INSERT,
    /** The removal of an own new task. */
    DELETE
  }

  private static final int BULK = 10;
  private static final int KEPT = 1_000;

  private final TaskStore store;
  private final TaskWorkload workload;
  private final int tasks;
  private final int client;
  private final int clients;
  private final SplitMix random;
  private final Map<Integer, Task> own = new HashMap<>();
  private final ArrayDeque<Long> added = new ArrayDeque<>();
  private final Map<Kind, Latencies> times = new EnumMap<>(Kind.class);
  private long nextNew;

  StressClient(TaskStore store, TaskWorkload workload, int tasks, int client, int clients) {
    this.store = store;
    this.workload = workload;
    this.tasks = tasks;
    this.client = client;
    this.clients = clients;
    random = new SplitMix(workload.seed(), client);
    nextNew = (long) tasks + client;
    for (Kind kind : Kind.values()) {
      times.put(kind, new Latencies());
    }
  }

  Map<Kind, Latencies> times() {
    return times;
  }

  /** How many tasks it has added and not removed. */
  int remaining() {
    return added.size();
  }

  @Override
  public void step() {
    Kind kind = choose(random.nextInt(100));
    long inside =
        switch (kind) {
          case GET -> get();
          case QUERY -> query();
          case UPDATE -> update();
          case BULK_STATUS -> bulkStatus();
          case INSERT -> insert();
          case DELETE -> delete();
        };
    times.get(kind).record(inside);
  }

  private Kind choose(int dice) {
    if (dice < 60) {
      return Kind.GET;
    }
    if (dice < 70) {
      return Kind.QUERY;
    }
    if (dice < 88) {
      return Kind.UPDATE;
    }
    if (dice < 90) {
      return Kind.BULK_STATUS;
    }
    boolean full = added.size() >= KEPT;
    return full || (dice < 95 && !added.isEmpty()) ? Kind.DELETE : Kind.INSERT;
  }

  private long get() {
    int number = random.nextInt(tasks);
    String id = TaskWorkload.id(number);
    long before = System.nanoTime();
    Task task = store.get(id).orElse(null);
    long inside = System.nanoTime() - before;
    if (number % clients == client) {
      check(id, known(number), task);
    } else if (task == null || !task.id().equals(id)) {
      throw new WrongAnswerException("get of " + id + " returned " + task);
    }
    return inside;
  }

  private long query() {
    boolean simple = random.nextInt(2) == 0;
    CompoundQuery compound = workload.q2(random.nextLong());
    long before = System.nanoTime();
    Page<Task> page =
        store.page(
            simple ? TaskWorkload.q1() : compound.query(), PageRequest.first(TaskWorkload.PAGE));
    long inside = System.nanoTime() - before;
    Task last = null;
    for (Task task : page.items()) {
      if (simple ? task.status() != Status.TODO : !compound.matches(task)) {
        throw new WrongAnswerException(compound + " returned " + task);
      }
      if (!simple && last != null && CompoundQuery.ORDER.compare(last, task) > 0) {
        throw new WrongAnswerException(compound + " returned " + last + " before " + task);
      }
      last = task;
    }
    return inside;
  }

  private long update() {
    int number = ownNumber();
    Status status = pick();
    String note = Long.toHexString(random.nextLong());
    long before = System.nanoTime();
    Task now =
        store.update(
            TaskWorkload.id(number), t -> t.withStatus(status).withAttribute("note", note));
    long inside = System.nanoTime() - before;
    own.put(number, now);
    if (now.status() != status || !note.equals(now.attributes().get("note"))) {
      throw new WrongAnswerException("an update to " + status + " returned " + now);
    }
    return inside;
  }

  private long bulkStatus() {
    Status status = pick();
    List<Integer> numbers = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < BULK; i++) {
      int number = ownNumber();
      if (!numbers.contains(number)) {
        numbers.add(number);
        ids.add(TaskWorkload.id(number));
      }
    }
    long before = System.nanoTime();
    store.setStatus(ids, status);
    long inside = System.nanoTime() - before;
    List<java.util.Optional<Task>> now = store.getAll(ids);
    for (int i = 0; i < numbers.size(); i++) {
      Task task = now.get(i).orElse(null);
      if (task == null || task.status() != status) {
        throw new WrongAnswerException("a bulk update to " + status + " left " + task);
      }
      own.put(numbers.get(i), task);
    }
    return inside;
  }

  private long insert() {
    long number = nextNew;
    nextNew += clients;
    Task task = workload.task(number);
    long before = System.nanoTime();
    store.insert(task);
    long inside = System.nanoTime() - before;
    added.add(number);
    check(task.id(), task, store.get(task.id()).orElse(null));
    return inside;
  }

  private long delete() {
    String id = TaskWorkload.id(added.remove());
    long before = System.nanoTime();
    boolean found = store.delete(id).isPresent();
    long inside = System.nanoTime() - before;
    if (!found || store.get(id).isPresent()) {
      throw new WrongAnswerException("the removal of " + id + " had no effect");
    }
    return inside;
  }

  /** Reads all own tasks once more. */
  void checkAll() {
    for (int number = client; number < tasks; number += clients) {
      String id = TaskWorkload.id(number);
      check(id, known(number), store.get(id).orElse(null));
    }
    for (long number : added) {
      String id = TaskWorkload.id(number);
      check(id, workload.task(number), store.get(id).orElse(null));
    }
  }

  private Task known(int number) {
    Task changed = own.get(number);
    return changed == null ? workload.task(number) : changed;
  }

  private int ownNumber() {
    int count = (tasks - client + clients - 1) / clients;
    return random.nextInt(count) * clients + client;
  }

  private Status pick() {
    Status[] all = Status.values();
    return all[random.nextInt(all.length)];
  }

  private static void check(String id, Task expected, Task actual) {
    if (!expected.equals(actual)) {
      throw new WrongAnswerException(id + " should be " + expected + ", but is " + actual);
    }
  }
}
