package dev.quarry.bench.peers;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.Answers;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.WrongAnswerException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a peer must hold: the workload's first tasks, some with another status. Each answer of a
 * peer is compared with it before a time counts. Not thread-safe.
 */
public final class PeerModel {
  /** The indexed fields by which tasks are counted. */
  public static final List<String> FIELDS =
      List.of("status", "priority", "agent", "assignee", "project", "tags");

  private static final int SOME = 100;
  private static final int CHUNK = 4_096;

  private final TaskWorkload workload;
  private final Instant now;
  private final Map<Long, Status> changed = new HashMap<>();
  private long tasks;

  /** A model without tasks; {@code now} is what the peer was opened with. */
  public PeerModel(TaskWorkload workload, Instant now) {
    this.workload = workload;
    this.now = now;
  }

  /** What the tasks are made by. */
  public TaskWorkload workload() {
    return workload;
  }

  /** How many tasks there are; their numbers are those below. */
  public long tasks() {
    return tasks;
  }

  /** The workload's next {@code count} tasks were added. */
  public void added(int count) {
    tasks += count;
  }

  /** The status of a task was set. */
  public void changed(long number, Status status) {
    if (status(number) != status) {
      changed.put(number, status);
    }
  }

  /** The present status of a task. */
  public Status status(long number) {
    Status now = changed.get(number);
    return now == null ? workload.status(number) : now;
  }

  /** The present task of a number. */
  public Task task(long number) {
    Task original = workload.task(number);
    Status status = changed.get(number);
    if (status == null) {
      return original;
    }
    // also where it has its first status again: then it was changed twice
    Task.Builder task = original.toBuilder().status(status).updatedAt(now);
    return task.completedAt(status == Status.DONE ? now : null).build();
  }

  /**
   * Asks a peer everything that it can answer.
   *
   * @return the right answers of the queries
   * @throws WrongAnswerException at the first answer that differs
   */
  public Answers check(Peer peer) {
    Answers answers = new Answers(workload);
    checkEveryTask(peer, answers);
    checkQueries(peer, answers);
    checkSome(peer);
    return answers;
  }

  /**
   * Asks a peer that has just written for its counts and for some tasks, without a walk over all.
   *
   * @throws WrongAnswerException at the first answer that differs
   */
  public void checkBriefly(Peer peer) {
    if (peer.abilities().contains(Peer.Ability.QUERIES)) {
      Map<Status, Long> byStatus = new EnumMap<>(Status.class);
      for (long i = 0; i < tasks; i++) {
        byStatus.merge(status(i), 1L, Long::sum);
      }
      same("counts by status", byStatus, peer.countByStatus());
    }
    checkSome(peer);
    changed.keySet().stream().limit(SOME).forEach(number -> checkOne(peer, number));
  }

  private void checkSome(Peer peer) {
    long step = Math.max(1, tasks / SOME);
    for (long i = 0; i < tasks; i += step) {
      checkOne(peer, i);
    }
    checkOne(peer, tasks - 1);
    same("get of an id that is not there", null, peer.get(TaskWorkload.id(tasks)));
  }

  private void checkOne(Peer peer, long number) {
    String id = TaskWorkload.id(number);
    same("get of " + id, task(number), peer.get(id));
    if (peer.abilities().contains(Peer.Ability.STATUS_OF)) {
      same("status of " + id, status(number), peer.statusOf(id));
    }
  }

  private void checkQueries(Peer peer, Answers answers) {
    if (peer.abilities().contains(Peer.Ability.QUERIES)) {
      same("counts by status", answers.byStatus(), peer.countByStatus());
      same("Q1", tasksOf(answers.q1()), peer.q1(TaskWorkload.PAGE));
      for (int i = 0; i < workload.q2Count(); i++) {
        List<Task> expected = tasksOf(answers.q2(i));
        same("Q2 number " + i, expected, peer.q2(workload.q2(i), TaskWorkload.PAGE));
      }
    }
    if (peer.abilities().contains(Peer.Ability.COUNTS_BY_FIELD)) {
      for (String field : FIELDS) {
        Map<String, Long> expected = answers.byField(field);
        Map<String, Long> found = new HashMap<>();
        peer.countByField(field).forEach((value, n) -> found.put(String.valueOf(value), n));
        same("values of " + field, expected.keySet(), found.keySet());
        expected.forEach((value, n) -> same("by " + field + " " + value, n, found.get(value)));
        expected.forEach(
            (value, n) ->
                same("count of " + field + " " + value, n, peer.countOf(field, value).getAsLong()));
      }
    }
    if (peer.abilities().contains(Peer.Ability.FETCH_OF_ANSWER)) {
      same("fetch", tasksOf(answers.q1()), peer.fetch(answers.q1()));
    }
  }

  private List<Task> tasksOf(List<Long> numbers) {
    return numbers.stream().map(this::task).toList();
  }

  private void checkEveryTask(Peer peer, Answers answers) {
    BitSet seen = new BitSet((int) tasks);
    List<Task> chunk = new ArrayList<>(CHUNK);
    Runnable checkChunk =
        () -> {
          // making the expected task costs more than reading it
          chunk.parallelStream().forEach(task -> same(task.id(), task(number(task.id())), task));
          for (Task task : chunk) {
            long number = number(task.id());
            if (seen.get((int) number)) {
              throw new WrongAnswerException("a scan gave " + task + " twice");
            }
            seen.set((int) number);
            answers.add(number, task);
          }
          chunk.clear();
        };
    peer.scan(
        task -> {
          if (number(task.id()) >= tasks) {
            throw new WrongAnswerException("a scan gave " + task + " unasked");
          }
          chunk.add(task);
          if (chunk.size() == CHUNK) {
            checkChunk.run();
          }
        });
    checkChunk.run();
    same("tasks in a scan", tasks, (long) seen.cardinality());
    if (peer.abilities().contains(Peer.Ability.PROJECTED_SCAN)) {
      long[] sums = new long[2];
      peer.scanProjected(
          task -> {
            sums[0]++;
            sums[1] += task.status() == Status.TODO ? 1 : 0;
          });
      long todo = 0;
      for (long i = 0; i < tasks; i++) {
        todo += status(i) == Status.TODO ? 1 : 0;
      }
      same("tasks in a projected scan", tasks, sums[0]);
      same("of them TODO", todo, sums[1]);
    }
  }

  private static long number(String id) {
    return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
  }

  private static void same(String what, Object expected, Object actual) {
    if (expected == null ? actual != null : !expected.equals(actual)) {
      throw new WrongAnswerException(
          what + " should be " + expected + ", but the peer says " + actual);
    }
  }
}
