package dev.quarry.bench.peers;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.Answers;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.WrongAnswerException;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a peer must hold: the workload's first tasks, some with another status. Each answer of a
 * peer is compared with it before a time counts. Not thread-safe.
 */
public final class PeerModel {
  private final TaskWorkload workload;
  private final Instant now;
  private final Map<Long, Status> changed = new HashMap<>();
  private long tasks;

  /** A model without tasks; {@code now} is what the peer was opened with. */
  public PeerModel(TaskWorkload workload, Instant now) {
    this.workload = workload;
    this.now = now;
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

  /** The right answers of the queries. */
  public Answers answers() {
    Answers answers = new Answers(workload);
    for (long i = 0; i < tasks; i++) {
      answers.add(task(i));
    }
    return answers;
  }

  /**
   * Asks a peer everything that it can answer.
   *
   * @throws WrongAnswerException at the first answer that differs
   */
  public void check(Peer peer) {
    Answers answers = answers();
    checkQueries(peer, answers);
    checkEveryTask(peer);
    long step = Math.max(1, tasks / 100);
    for (long i = 0; i < tasks; i += step) {
      String id = TaskWorkload.id(i);
      same("get of " + id, task(i), peer.get(id));
      if (peer.abilities().contains(Peer.Ability.STATUS_OF)) {
        same("status of " + id, status(i), peer.statusOf(id));
      }
    }
    same("get of an id that is not there", null, peer.get(TaskWorkload.id(tasks)));
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
    if (peer.abilities().contains(Peer.Ability.FETCH_OF_ANSWER)) {
      same("fetch", tasksOf(answers.q1()), peer.fetch(answers.q1()));
    }
  }

  private List<Task> tasksOf(List<Long> numbers) {
    return numbers.stream().map(this::task).toList();
  }

  private void checkEveryTask(Peer peer) {
    BitSet seen = new BitSet((int) tasks);
    peer.scan(
        task -> {
          long number = number(task.id());
          if (number >= tasks || seen.get((int) number)) {
            throw new WrongAnswerException("a scan gave " + task + " twice or unasked");
          }
          same(task.id(), task(number), task);
          seen.set((int) number);
        });
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
