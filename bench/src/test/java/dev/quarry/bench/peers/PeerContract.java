package dev.quarry.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.TaskWorkload;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every peer must do alike before its times can be compared. */
public abstract class PeerContract {
  private static final int TASKS = 2_000;
  private static final long SEED = 20_261_121;
  private static final Instant NOW = TaskWorkload.EPOCH.plus(Duration.ofDays(1_000));

  @TempDir Path directory;

  private final TaskWorkload workload = new TaskWorkload(SEED);
  private final PeerModel model = new PeerModel(workload, NOW);

  /** All peers on the class path; a subclass says which of them it stands for. */
  static List<String> named(String... names) {
    assertThat(Peers.all().keySet()).contains(names);
    return List.of(names);
  }

  @ParameterizedTest
  @MethodSource("names")
  void answersAsTheModelDoesAlsoAfterWritesAndReopening(String name) {
    PeerFactory factory = Peers.named(name);
    Peer.Settings settings = new Peer.Settings(directory, 16 << 20, TASKS, NOW);
    try (Peer peer = factory.open(settings)) {
      for (int from = 0; from < TASKS; from += 500) {
        List<Task> chunk = List.copyOf(workload.tasks(from, 500));
        peer.prepare(chunk);
        peer.insertAll(chunk);
        model.added(500);
      }
      peer.settle();
      model.check(peer);
    }
    try (Peer peer = factory.open(settings)) {
      model.check(peer);
      Random random = new Random(SEED);
      for (int i = 0; i < 20; i++) {
        peer.insert(workload.task(model.tasks()));
        model.added(1);
      }
      for (Status status : Status.values()) {
        change(peer, status, 1, random);
        change(peer, status, 100, random);
      }
      model.check(peer);
    }
    try (Peer peer = factory.open(settings)) {
      model.check(peer);
      assertThat(Peers.diskBytes(directory)).isPositive();
    }
  }

  private void change(Peer peer, Status status, int count, Random random) {
    List<String> ids = new ArrayList<>();
    long number = random.nextInt((int) model.tasks());
    for (int i = 0; i < count; i++) {
      number = (number + 7) % model.tasks();
      ids.add(TaskWorkload.id(number));
      model.changed(number, status);
    }
    peer.setStatus(ids, status);
  }

  @ParameterizedTest
  @MethodSource("names")
  void refusesWhatItSaysItCannot(String name) {
    Peer.Settings settings = new Peer.Settings(directory, 16 << 20, TASKS, NOW);
    try (Peer peer = Peers.named(name).open(settings)) {
      peer.insertAll(List.copyOf(workload.tasks(0, 100)));
      if (!peer.abilities().contains(Peer.Ability.QUERIES)) {
        assertThatThrownBy(() -> peer.q1(20)).isInstanceOf(UnsupportedOperationException.class);
      }
      if (!peer.abilities().contains(Peer.Ability.RECORD_BYTES)) {
        assertThatThrownBy(() -> peer.recordBytes(0))
            .isInstanceOf(UnsupportedOperationException.class);
      }
      assertThat(peer.get("no such id")).isNull();
    }
  }
}
