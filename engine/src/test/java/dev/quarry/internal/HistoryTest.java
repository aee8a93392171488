package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Allocated;
import dev.quarry.Priority;
import dev.quarry.Seeds;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.WriteBatch;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.TaskChange;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The past of a store, against copies made as it went. */
class HistoryTest {
  @TempDir Path dir;

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  private Storage storage(Path store) {
    return Storage.open(store.resolve("data"), new StorageOptions(8 << 20, 8 << 20, false));
  }

  @Seeds({41, 42, 43})
  void everySequenceIsAsItWas(long seed) {
    Random random = new Random(seed);
    Path path = dir.resolve("s");
    TreeMap<Long, Map<String, Task>> states = new TreeMap<>();
    TreeMap<Long, Instant> times = new TreeMap<>();
    Map<String, Task> state = new HashMap<>();
    states.put(0L, Map.of());
    TaskStoreOptions options = TaskStoreOptions.builder(path).clock(() -> now).actor("me").build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < 150; i++) {
        now = now.plusSeconds(1 + random.nextInt(3));
        write(store, random, state);
        states.put(store.sequence(), Map.copyOf(state));
        times.putIfAbsent(store.sequence(), now);
      }
    }
    try (Storage storage = storage(path)) {
      History history = new History(storage, new RecordCodec());
      long last = states.lastKey();
      assertThat(history.firstRetained(last)).isEqualTo(1);
      assertThatStatesAre(states, states.keySet(), history);
      replay(history, states);
      try (StorageSnapshot at = storage.snapshot()) {
        List<Long> shuffled = new ArrayList<>(states.keySet());
        Collections.shuffle(shuffled, random);
        for (Collection<Long> order :
            List.of(states.keySet(), states.descendingKeySet(), shuffled)) {
          assertThatStatesAre(states, order, inTurn(storage, at, () -> {}));
        }
        replay(inTurn(storage, at, () -> {}), states);
      }
      times.forEach(
          (sequence, time) -> assertThat(history.sequenceAt(time, last)).isEqualTo(sequence));
      assertThatThrownBy(() -> history.sequenceAt(Instant.EPOCH, last))
          .isInstanceOf(SequenceNotRetainedException.class);
    }
  }

  private static History inTurn(Storage storage, StorageSnapshot at, Runnable step) {
    return History.inTurn(storage, new RecordCodec(), at, step);
  }

  private static void assertThatStatesAre(
      Map<Long, Map<String, Task>> states, Collection<Long> order, History history) {
    for (long sequence : order) {
      Map<String, Task> found = new HashMap<>();
      for (long ordinal = 0; ordinal < 400; ordinal++) {
        Task task = history.asOf(ordinal, sequence);
        if (task != null) {
          assertThat(found.put(task.id(), task)).isNull();
        }
      }
      assertThat(found).as("sequence %d", sequence).isEqualTo(states.get(sequence));
    }
  }

  private static void write(TaskStore store, Random random, Map<String, Task> state) {
    try (WriteBatch batch = store.newBatch()) {
      Map<String, Task> after = new HashMap<>(state);
      for (int k = 1 + random.nextInt(4); k > 0; k--) {
        String id = "t" + random.nextInt(30);
        Task present = after.get(id);
        if (present == null) {
          Task task = Task.builder(id, "title").description("text" + random.nextInt(9)).build();
          batch.insert(task);
          after.put(id, task);
        } else if (random.nextInt(4) == 0) {
          batch.delete(id);
          after.remove(id);
        } else if (random.nextInt(3) == 0) {
          Task task = present.toBuilder().description("text" + random.nextInt(9)).build();
          batch.put(task);
          after.put(id, task);
        } else {
          Status status = Status.values()[random.nextInt(6)];
          batch.update(id, t -> t.withStatus(status));
          after.put(id, present.withStatus(status));
        }
      }
      batch.commit();
    }
    state.clear();
    store.forEachChunk(
        dev.quarry.query.Query.all(), 100, chunk -> chunk.forEach(t -> state.put(t.id(), t)));
  }

  /** The commits, one after the other, lead from each state to the next. */
  private static void replay(History history, NavigableMap<Long, Map<String, Task>> states) {
    Map<String, Task> replayed = new HashMap<>();
    List<Long> sequences = new ArrayList<>();
    history.forEach(
        0,
        (Commit commit) -> {
          assertThat(commit.actor()).isEqualTo("me");
          for (TaskChange change : commit.changes()) {
            if (change.before() != null) {
              assertThat(replayed.remove(change.before().id())).isEqualTo(change.before());
            }
            if (change.after() != null) {
              assertThat(change.after().version()).isEqualTo(commit.sequence());
              replayed.put(change.after().id(), change.after());
            }
          }
          assertThat(replayed).isEqualTo(states.get(commit.sequence()));
          sequences.add(commit.sequence());
          return true;
        });
    assertThat(sequences).containsExactlyElementsOf(states.tailMap(1L).keySet());
  }

  @Test
  void theLogIsTrimmedWithItsHistory() {
    Path path = dir.resolve("s");
    TaskStoreOptions options =
        TaskStoreOptions.builder(path).changeLogCommits(1_000).clock(() -> now).build();
    try (TaskStore store = TaskStore.open(options)) {
      store.insert(Task.builder("a", "").build());
      for (int i = 0; i < 2_400; i++) {
        String title = "t" + i;
        store.update("a", t -> t.withTitle(title));
        if (i % 100 == 0) {
          store.insert(Task.builder("b" + i, "").build());
          store.delete("b" + i);
        }
      }
      store.verify();
    }
    try (Storage storage = storage(path)) {
      History history = new History(storage, new RecordCodec());
      long last = 2_400 + 1 + 48;
      long first = history.firstRetained(last);
      assertThat(last - first).isBetween(1_000L, 1_600L);
      assertThat(history.changesOf(0, Long.MAX_VALUE, 10_000).size()).isBetween(950, 1_600);
      assertThat(history.pastOrdinals("b0")).isEmpty();
      assertThat(history.pastOrdinals("b2300")).hasSize(1);
      history.checkRetained(first - 1, last);
      assertThatThrownBy(() -> history.checkRetained(first - 2, last))
          .isInstanceOf(SequenceNotRetainedException.class)
          .hasMessageContaining("oldestRetained=" + (first - 1));
    }
  }

  /** Forth as a feed that catches up, back as the history of a task; the texts are one record's. */
  @Test
  void whoReadsInTurnLooksForTextsOnce() {
    int changes = 3_000;
    Path path = dir.resolve("s");
    try (TaskStore store = TaskStore.open(TaskStoreOptions.builder(path).build())) {
      store.insert(Task.builder("a", "").description("text").build());
      for (int i = 0; i < changes; i++) {
        Priority priority = Priority.values()[i % 3];
        store.update("a", task -> task.withPriority(priority));
      }
    }
    try (Storage storage = storage(path);
        StorageSnapshot at = storage.snapshot()) {
      int[] steps = {0};
      int[] commits = {0};
      inTurn(storage, at, () -> steps[0]++).forEach(0, commit -> ++commits[0] > 0);
      assertThat(commits[0]).isEqualTo(changes + 1);
      assertThat(steps[0]).as("forth").isBetween(changes, 7 * changes);
      steps[0] = 0;
      History back = inTurn(storage, at, () -> steps[0]++);
      for (long sequence = changes + 1L; sequence > 0; sequence--) {
        assertThat(back.asOf(0, sequence).version()).isEqualTo(sequence);
      }
      assertThat(steps[0]).as("back").isBetween(changes, 3 * changes);
    }
  }

  /** The entry of a commit of many tasks is large, and is not read for each of them. */
  @Test
  void aDifferenceReadsTheEntryOfALargeCommitOnce() {
    int tasks = 5_000;
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      List<Task> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(Task.builder("T-" + i, "t").build());
      }
      store.insertAll(all);
      List<String> ids = all.stream().map(Task::id).toList();
      store.setStatus(ids, Status.IN_PROGRESS);
      long before = store.sequence();
      store.setStatus(ids, Status.DONE);
      int[] changes = {0};
      long allocated =
          Allocated.by(() -> store.diff(before, store.sequence(), change -> changes[0]++));
      assertThat(changes[0]).isEqualTo(tasks);
      assertThat(allocated / tasks).as("bytes for each task").isLessThan(20_000);
    }
  }

  /** What the calling thread allocates rises with each entry and each key that is read. */
  private static long allocatedByHistory(TaskStore store) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 200; i++) { // the first ones load classes
      least = Math.min(least, Allocated.by(() -> assertThat(store.history("a", 20)).hasSize(20)));
    }
    return least;
  }

  /** Both where the texts change, and where they stand in the present record alone. */
  @ParameterizedTest(name = "texts change: {0}")
  @ValueSource(booleans = {true, false})
  void theNewestChangesCostTheSameHoweverManyThereAre(boolean texts) {
    try (TaskStore store = TaskStore.open(TaskStoreOptions.builder(dir.resolve("s")).build())) {
      store.insert(Task.builder("a", "").description("text").build());
      int changes = 0;
      List<Long> allocated = new ArrayList<>();
      for (int total : new int[] {100, 1_000, 5_000}) {
        for (; changes < total; changes++) {
          String text = "text " + (100_000 + changes);
          Priority priority = Priority.values()[changes % 3];
          store.update(
              "a", t -> texts ? t.toBuilder().description(text).build() : t.withPriority(priority));
        }
        allocated.add(allocatedByHistory(store));
      }
      assertThat(allocated).allMatch(bytes -> bytes < 1.2 * allocated.get(0), allocated.toString());
    }
  }
}
