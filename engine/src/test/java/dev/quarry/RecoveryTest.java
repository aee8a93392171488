package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes on behind something unfinished or broken. */
@Timeout(120)
class RecoveryTest {
  @TempDir Path directory;

  private Path path() {
    return directory.resolve("store");
  }

  private TaskStore filled(int tasks, long seed) {
    TaskStore store = TaskStore.open(path());
    Random random = new Random(seed);
    List<Task> list = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      byte[] noise = new byte[200];
      random.nextBytes(noise);
      list.add(
          Task.builder("T-" + i, "t" + i)
              .notes(java.util.HexFormat.of().formatHex(noise))
              .assignee("a" + i % 17)
              .attribute("team", "team-" + i % 5)
              .build());
    }
    store.insertAll(list);
    return store;
  }

  @Test
  void theSecondCloseWaitsForTheFirst() throws Exception {
    TaskStore store = filled(10, 1);
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    FutureTask<Void> reading =
        new FutureTask<>(
            () -> {
              store.forEachParallel(
                  Query.all(),
                  1,
                  t -> {
                    inside.countDown();
                    awaitQuietly(goOn);
                  });
              return null;
            });
    new Thread(reading).start();
    inside.await();
    FutureTask<Void> first = closing(store);
    new Thread(first).start();
    awaitClosing(store);
    FutureTask<Void> second = closing(store);
    Thread thread = new Thread(second);
    thread.start();
    while (thread.getState() == Thread.State.RUNNABLE || thread.getState() == Thread.State.NEW) {
      Thread.onSpinWait();
    }
    thread.interrupt(); // it goes on waiting
    assertThat(second.isDone()).isFalse();
    goOn.countDown();
    second.get();
    // the second knows the store as closed: it can be opened at once
    TaskStore.open(path()).close();
    first.get();
    reading.get();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FutureTask<Void> closing(TaskStore store) {
    return new FutureTask<>(
        () -> {
          store.close();
          return null;
        });
  }

  private static void awaitClosing(TaskStore store) {
    while (true) {
      try {
        store.sequence();
      } catch (StoreClosedException e) {
        return;
      }
    }
  }

  @Test
  void aDumpGoesOnBehindDamagedBlocks() throws IOException {
    Map<String, Task> written = new HashMap<>();
    try (TaskStore store = filled(4_000, Campaign.seed(96))) {
      store.compact();
      store.forEachChunk(Query.all(), 500, c -> c.forEach(t -> written.put(t.id(), t)));
    }
    Path largest;
    try (Stream<Path> files = Files.walk(path().resolve("data"))) {
      largest =
          files
              .filter(f -> f.toString().endsWith(".sst"))
              .max(Comparator.comparingLong(f -> f.toFile().length()))
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(largest);
    for (int i = bytes.length / 2; i < bytes.length / 2 + 64; i++) {
      bytes[i] ^= 0x5A;
    }
    Files.write(largest, bytes);
    List<RawRecord> dumped = new ArrayList<>();
    try (TaskStore store = TaskStore.open(path())) {
      store.dump(dumped::add);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isNotEmpty();
    }
    List<RawRecord> damaged = dumped.stream().filter(r -> r.task() == null).toList();
    List<RawRecord> whole = dumped.stream().filter(r -> r.task() != null).toList();
    assertThat(damaged).isNotEmpty().allMatch(r -> !r.problem().isBlank());
    assertThat(whole).hasSizeBetween(3_500, 3_999);
    assertThat(whole).allMatch(r -> r.task().equals(written.get(r.task().id())));
    assertThat(whole.get(0).ordinal()).isLessThan(damaged.get(0).ordinal());
    assertThat(whole.get(whole.size() - 1).task().id()).isEqualTo("T-3999");
    assertThat(whole.stream().map(r -> r.task().id()).distinct()).hasSameSizeAs(whole);
  }

  @Test
  void anUnfinishedIndexIsFinishedByTheNextAttemptOrOpening() {
    List<IndexSpec> specs =
        List.of(
            IndexSpec.ordered("by-assignee", TaskFields.ASSIGNEE.ascending()),
            IndexSpec.equality("team", TaskFields.attribute("team")));
    Query byAssignee = Query.all().orderBy(TaskFields.ASSIGNEE.ascending());
    Query team = Query.where(TaskFields.attribute("team").is("team-3"));
    IllegalStateException planned = new IllegalStateException("planned");
    try (TaskStore store = filled(2_000, 3)) {
      for (IndexSpec spec : specs) {
        assertThatThrownBy(() -> store.createIndex(spec, (phase, done, total) -> fail(planned)))
            .isSameAs(planned);
      }
      assertThat(states(store, specs)).containsOnly(IndexInfo.State.WRITE_ONLY);
      store.update("T-7", t -> t.withAssignee("0").withAttribute("team", "team-3"));
      store.delete("T-8");
      check(store, byAssignee, team);
      store.createIndex(specs.get(0), ProgressListener.NONE);
      store.createIndex(specs.get(0), ProgressListener.NONE); // no effect
      assertThat(states(store, specs.subList(0, 1))).containsOnly(IndexInfo.State.READABLE);
      check(store, byAssignee, team);
    }
    try (TaskStore store = TaskStore.open(path())) {
      assertThat(states(store, specs)).containsOnly(IndexInfo.State.READABLE);
      check(store, byAssignee, team);
      assertThat(store.dropIndex("team")).isTrue();
      store.createIndex(specs.get(1), ProgressListener.NONE);
      check(store, byAssignee, team);
    }
  }

  private static void fail(RuntimeException e) {
    throw e;
  }

  private static List<IndexInfo.State> states(TaskStore store, List<IndexSpec> specs) {
    return store.indexes().stream()
        .filter(i -> specs.contains(i.spec()))
        .map(IndexInfo::state)
        .toList();
  }

  private static void check(TaskStore store, Query byAssignee, Query team) {
    List<Task> page = store.page(byAssignee, PageRequest.first(3_000)).items();
    assertThat(page).hasSize(1_999);
    assertThat(page.get(0).id()).isEqualTo("T-7");
    assertThat(page).isSortedAccordingTo(Comparator.comparing(Task::assignee));
    assertThat(store.count(team)).isEqualTo(400); // T-8 is gone, T-7 has come
    assertThat(store.verify().problems()).isEmpty();
  }

  @Test
  void aParallelScanRefusesALimitAndThreadsOutOfRange() {
    try (TaskStore store = filled(10, 4)) {
      assertThatThrownBy(() -> store.forEachParallel(Query.all().limit(3), 2, t -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("limit");
      for (int threads : new int[] {0, -1, 1_025}) {
        assertThatThrownBy(() -> store.forEachParallel(Query.all(), threads, t -> {}))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("" + threads);
      }
      assertThat(store.stats().openSnapshots()).isZero();
      store.createIndex(
          IndexSpec.equality("team", TaskFields.attribute("team")), ProgressListener.NONE);
    }
  }
}
