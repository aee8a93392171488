package dev.quarry.bench.peers;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.WrongAnswerException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A peer that lies in one answer must be found out. */
class PeerModelTest {
  private enum Lie {
    GET,
    Q1,
    Q2,
    COUNT,
    COUNT_BY_FIELD,
    COUNT_OF,
    PROJECTED,
    SCAN,
    SCAN_TWICE,
    STATUS
  }

  private static final int TASKS = 1_500;
  private static final Instant NOW = TaskWorkload.EPOCH.plus(Duration.ofDays(1_000));

  @TempDir Path directory;

  private final TaskWorkload workload = new TaskWorkload(3);
  private final PeerModel model = new PeerModel(workload, NOW);

  @Test
  void anHonestPeerPasses() {
    try (Peer peer = loaded()) {
      assertThatCode(() -> model.check(peer)).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest(name = "seed 3, {0}")
  @EnumSource
  void aLieIsFound(Lie lie) {
    try (Peer peer = loaded()) {
      assertThatThrownBy(() -> model.check(new Liar(peer, lie)))
          .isInstanceOf(WrongAnswerException.class);
    }
  }

  @ParameterizedTest(name = "seed 3, {0}")
  @EnumSource(names = {"GET", "COUNT", "STATUS"})
  void theBriefCheckFindsLiesAboutSingleTasksAndCounts(Lie lie) {
    try (Peer peer = loaded()) {
      assertThatCode(() -> model.checkBriefly(peer)).doesNotThrowAnyException();
      assertThatThrownBy(() -> model.checkBriefly(new Liar(peer, lie)))
          .isInstanceOf(WrongAnswerException.class);
    }
  }

  @Test
  void theBriefCheckFindsALostUpdateAndALostInsert() {
    try (Peer peer = loaded()) {
      model.changed(17, model.status(17) == Status.TODO ? Status.DONE : Status.TODO);
      assertThatThrownBy(() -> model.checkBriefly(peer)).isInstanceOf(WrongAnswerException.class);
      model.changed(17, workload.status(17));
      model.added(1);
      assertThatThrownBy(() -> model.checkBriefly(peer)).isInstanceOf(WrongAnswerException.class);
    }
  }

  @Test
  void aLostUpdateIsFound() {
    try (Peer peer = loaded()) {
      model.changed(17, model.status(17) == Status.TODO ? Status.DONE : Status.TODO);
      assertThatThrownBy(() -> model.check(peer)).isInstanceOf(WrongAnswerException.class);
    }
  }

  private Peer loaded() {
    Peer peer = Peers.named("quarry").open(new Peer.Settings(directory, 16 << 20, TASKS, NOW));
    peer.insertAll(List.copyOf(workload.tasks(0, TASKS)));
    model.added(TASKS);
    return peer;
  }

  private record Liar(Peer honest, Lie lie) implements Peer {
    @Override
    public Set<Ability> abilities() {
      return honest.abilities();
    }

    @Override
    public Task get(String id) {
      Task task = honest.get(id);
      return lie == Lie.GET && task != null ? task.withTitle("another") : task;
    }

    @Override
    public void insert(Task task) {
      honest.insert(task);
    }

    @Override
    public void insertAll(List<Task> tasks) {
      honest.insertAll(tasks);
    }

    @Override
    public void setStatus(List<String> ids, Status status) {
      honest.setStatus(ids, status);
    }

    @Override
    public List<Task> q1(int limit) {
      List<Task> tasks = new ArrayList<>(honest.q1(limit));
      if (lie == Lie.Q1) {
        Collections.swap(tasks, 3, 4);
      }
      return tasks;
    }

    @Override
    public List<Task> q2(CompoundQuery query, int limit) {
      return lie == Lie.Q2 ? List.of() : honest.q2(query, limit);
    }

    @Override
    public Map<Status, Long> countByStatus() {
      return lie == Lie.COUNT ? Map.of(Status.DONE, (long) TASKS) : honest.countByStatus();
    }

    @Override
    public Map<?, Long> countByField(String field) {
      Map<Object, Long> counts = new HashMap<>(honest.countByField(field));
      if (lie == Lie.COUNT_BY_FIELD && field.equals("project")) {
        counts.merge("project-0", 1L, Long::sum);
      }
      return counts;
    }

    @Override
    public LongSupplier countOf(String field, String value) {
      LongSupplier count = honest.countOf(field, value);
      return lie == Lie.COUNT_OF && field.equals("tags") ? () -> 1 + count.getAsLong() : count;
    }

    @Override
    public Status statusOf(String id) {
      return lie == Lie.STATUS ? Status.FAILED : honest.statusOf(id);
    }

    @Override
    public void scan(Consumer<Task> action) {
      if (lie != Lie.SCAN) {
        honest.scan(action);
      }
      if (lie == Lie.SCAN_TWICE) {
        honest.scan(action);
      }
    }

    @Override
    public void scanProjected(Consumer<Task> action) {
      if (lie != Lie.PROJECTED) {
        honest.scanProjected(action);
      }
    }

    @Override
    public void settle() {
      honest.settle();
    }

    @Override
    public void close() {
      honest.close();
    }
  }
}
