package dev.quarry.bench;

import dev.quarry.ConflictException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Threads that read and update the same tasks, 95 to 5, popular ones more often. Each update counts
 * an attribute of its task up; at the end every counter must equal the updates that returned, so a
 * lost one is seen. Every fifth update is a compare-and-set, which may end in a conflict instead.
 */
final class MixedLoad {
  private static final int GET_PERCENT = 95;
  private static final int REPLACE_PERCENT = 1;
  private static final String COUNTER = "bench-counter";

  private final TaskStore store;
  private final int tasks;
  private final AtomicIntegerArray expected;
  private final Latencies gets = new Latencies();
  private final Latencies updates = new Latencies();
  private final Latencies replaces = new Latencies();
  private long conflicts;
  private int threads;
  private Crew.Outcome outcome;

  /** A load on a store that holds the workload's first {@code tasks} tasks. */
  MixedLoad(TaskStore store, int tasks) {
    this.store = store;
    this.tasks = tasks;
    expected = new AtomicIntegerArray(tasks);
  }

  /** Runs once. */
  void run(int count, Duration time, long seed, Progress progress) {
    threads = count;
    List<Client> clients = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      clients.add(new Client(seed + t));
    }
    outcome = Crew.run("mixed load", clients, time, progress);
    for (Client client : clients) {
      gets.add(client.gets);
      updates.add(client.updates);
      replaces.add(client.replaces);
      conflicts += client.conflicts;
    }
  }

  /** Steps that threw. */
  long errors() {
    return outcome.errors();
  }

  /** What the first error was, or null. */
  Throwable firstError() {
    return outcome.firstError();
  }

  /** The 99th percentile over all kinds. */
  double p99Millis() {
    Latencies all = new Latencies();
    all.add(gets);
    all.add(updates);
    all.add(replaces);
    return all.percentileMicros(99) / 1e3;
  }

  /** Updates that returned and cannot be found in the store, or are found and did not return. */
  long lostUpdates() {
    long lost = 0;
    for (int i = 0; i < tasks; i++) {
      if (expected.get(i) > 0) {
        Task task = store.get(TaskWorkload.id(i)).orElseThrow();
        lost += Math.abs(expected.get(i) - counter(task));
      }
    }
    return lost;
  }

  /** The figures by name. */
  Map<String, Object> figures() {
    long operations = gets.operations() + updates.operations() + replaces.operations();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("seconds", outcome.seconds());
    figures.put("operations", operations);
    figures.put("ops_per_second", operations / outcome.seconds());
    figures.put("gets_per_second", gets.operations() / outcome.seconds());
    figures.put(
        "updates_per_second", (updates.operations() + replaces.operations()) / outcome.seconds());
    figures.put("errors", outcome.errors());
    figures.put("conflicts", conflicts);
    figures.put("lost_updates", lostUpdates());
    figures.put("p99_us", p99Millis() * 1e3);
    figures.put(Latencies.HOW, Latencies.CLOSED_LOOP);
    figures.put("get", gets.closedLoopFigures(threads, outcome.seconds()));
    figures.put("update", updates.closedLoopFigures(threads, outcome.seconds()));
    figures.put("replace", replaces.closedLoopFigures(threads, outcome.seconds()));
    return figures;
  }

  private static int counter(Task task) {
    return Integer.parseInt(task.attributes().getOrDefault(COUNTER, "0"));
  }

  private static Task counted(Task task) {
    Status status = task.status() == Status.TODO ? Status.IN_PROGRESS : Status.TODO;
    return task.withStatus(status).withAttribute(COUNTER, Integer.toString(counter(task) + 1));
  }

  private final class Client implements Crew.Worker {
    private final SplitMix random;
    private final KeySequence keys;
    private final Latencies gets = new Latencies();
    private final Latencies updates = new Latencies();
    private final Latencies replaces = new Latencies();
    private long conflicts;

    Client(long seed) {
      random = new SplitMix(seed, 1);
      keys = new KeySequence(KeySequence.Distribution.ZIPF, tasks, seed);
    }

    @Override
    public void step() {
      int number = keys.next();
      String id = TaskWorkload.id(number);
      int dice = random.nextInt(100);
      long before = System.nanoTime();
      if (dice < GET_PERCENT) {
        Task task = store.get(id).orElseThrow();
        gets.record(System.nanoTime() - before);
        if (!task.id().equals(id)) {
          throw new WrongAnswerException("get of " + id + " returned " + task.id());
        }
      } else if (dice < 100 - REPLACE_PERCENT) {
        store.update(id, MixedLoad::counted);
        updates.record(System.nanoTime() - before);
        expected.incrementAndGet(number);
      } else {
        replace(number, id);
        replaces.record(System.nanoTime() - before);
      }
    }

    private void replace(int number, String id) {
      Task task = store.get(id).orElseThrow();
      try {
        store.replace(counted(task), task.version());
        expected.incrementAndGet(number);
      } catch (ConflictException e) {
        conflicts++; // another thread was faster, as may be; nothing was written
      }
    }
  }
}
