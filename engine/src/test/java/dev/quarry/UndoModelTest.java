package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Change;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Undone commits among random writes, beside all states that the store was in. */
class UndoModelTest {
  private static final int STEPS = 800;

  @TempDir Path directory;

  private TaskStore store;

  /** What the store held behind each commit; A:id are the archived. */
  private final NavigableMap<Long, Map<String, Task>> states = new TreeMap<>();

  private final Set<Long> purges = new HashSet<>();

  /**
   * Undone archivings of several tasks, of which some came back from the archive, and some, which
   * were purged meanwhile, from the history.
   */
  private final Set<Long> mixed = new HashSet<>();

  private int mixedUndone;

  @BeforeEach
  void open() {
    store = TaskStore.open(directory.resolve("store"));
    states.put(0L, new TreeMap<>());
  }

  @AfterEach
  void close() {
    assertThat(store.verify().problems()).isEmpty();
    store.close();
  }

  @Seeds({41, 42, 43, 44})
  void agreesWithAModel(long seed) {
    Random random = new Random(seed);
    for (int step = 0; step < STEPS; step++) {
      String what = "seed " + seed + ", step " + step;
      long last = states.lastKey();
      int kind = mixed.contains(last) && random.nextBoolean() ? 8 : random.nextInt(12);
      if (kind < 6 || last == 0 || purges.contains(last)) {
        writeSome(random, step);
      } else if (kind < 8 && purgeSome(random)) {
        purges.add(store.sequence()); // changed no task, so there is nothing to undo
      } else if (kind < 9) {
        Map<String, Task> expected = states.lowerEntry(last).getValue();
        List<Change> undone = store.undoLast();
        assertThat(undone).as(what).isNotEmpty().allMatch(c -> c.sequence() == last);
        assertThat(contents()).as(what).isEqualTo(expected);
        mixedUndone += mixed.contains(last) ? 1 : 0;
      } else {
        undoAny(random, what);
      }
      if (store.sequence() > last) {
        states.put(store.sequence(), contents());
      }
    }
    assertThat(mixedUndone).as("tasks sent to the archive beside purged ones").isPositive();
  }

  private boolean purgeSome(Random random) {
    Map<String, Task> contents = contents();
    Set<String> needed = new HashSet<>();
    contents.forEach(
        (key, task) -> needed.addAll(key.startsWith("A:") ? List.of() : task.dependencies()));
    List<String> ids =
        contents.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("A:") && random.nextBoolean())
            .map(entry -> entry.getValue().id())
            .filter(id -> !needed.contains(id))
            .toList();
    return store.purge(ids).updated() > 0;
  }

  /** The archiving of this commit: tasks of it are still there, others were purged since. */
  private boolean isPartlyPurged(long sequence) {
    Map<String, Task> now = states.lastEntry().getValue();
    Map<String, Task> then = states.get(sequence);
    Set<String> archived = new TreeSet<>(states.lowerEntry(sequence).getValue().keySet());
    archived.removeIf(id -> !then.containsKey("A:" + id));
    return archived.stream().anyMatch(id -> now.containsKey("A:" + id))
        && archived.stream().anyMatch(id -> !now.containsKey(id) && !now.containsKey("A:" + id));
  }

  /** Mostly one of those commits that are of interest, if there is one. */
  private long chosen(Random random) {
    List<Long> made = new ArrayList<>(states.tailMap(1L).keySet());
    made.removeAll(purges);
    List<Long> rare =
        made.stream().filter(n -> n.equals(lastMixed()) || isPartlyPurged(n)).toList();
    List<Long> from = rare.isEmpty() || random.nextInt(4) == 0 ? made : rare;
    return from.get(random.nextInt(from.size()));
  }

  private Long lastMixed() {
    return mixed.stream().max(Long::compare).orElse(0L);
  }

  private void undoAny(Random random, String what) {
    long sequence = chosen(random);
    boolean partlyPurged = isPartlyPurged(sequence);
    Map<String, Task> now = states.lastEntry().getValue();
    Map<String, Task> then = states.get(sequence);
    Map<String, Task> before = states.lowerEntry(sequence).getValue();
    Map<String, Task> expected = new TreeMap<>(now);
    TreeSet<String> standing = new TreeSet<>();
    for (Change change : store.changesAfter(sequence - 1, 1)) {
      String id = change.id();
      boolean reborn = states.tailMap(sequence).values().stream().anyMatch(m -> m.containsKey(id));
      if (!same(now.get(id), then.get(id)) || (change.after() == null && reborn)) {
        standing.add(id);
      }
      for (Map.Entry<String, Task> entry : now.entrySet()) {
        Task task = entry.getValue();
        boolean active = !entry.getKey().startsWith("A:");
        boolean later = active && task.version() > sequence && task.dependencies().contains(id);
        boolean begun = task.status() == Status.IN_PROGRESS || task.status() == Status.DONE;
        boolean reopens =
            change.before() != null
                && change.before().status() != Status.DONE
                && change.after() != null
                && change.after().status() == Status.DONE;
        if (later && (change.before() == null || (reopens && begun))) {
          standing.add(task.id());
        }
      }
      for (String key : List.of(id, "A:" + id)) {
        expected.remove(key);
        if (before.containsKey(key)) {
          expected.put(key, before.get(key));
        }
      }
    }
    long last = store.sequence();
    try {
      store.undo(sequence);
      assertThat(standing).as(what).isEmpty();
      assertThat(contents()).as(what).isEqualTo(expected);
      mixedUndone += mixed.contains(sequence) ? 1 : 0;
      if (partlyPurged) {
        mixed.add(store.sequence());
      }
    } catch (ConflictException e) {
      assertThat(standing).as(what + ", " + e).isNotEmpty();
      for (String id : standing) {
        assertThat(e.getMessage()).as(what).contains(id);
      }
      assertThat(store.sequence()).as(what).isEqualTo(last);
      assertThat(contents()).as(what).isEqualTo(now);
    } catch (DependencyCycleException | DuplicateTaskException e) {
      assertThat(contents()).as(what + ", " + e).isEqualTo(now);
    }
  }

  private static boolean same(Task a, Task b) {
    return a == null ? b == null : b != null && a.version() == b.version();
  }

  private void writeSome(Random random, int step) {
    if (random.nextInt(4) == 0) {
      List<String> ids = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        ids.add("T-" + random.nextInt(9));
      }
      if (random.nextBoolean()) {
        store.archive(ids);
      } else {
        store.restore(ids);
      }
      return;
    }
    try (WriteBatch batch = store.newBatch()) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        int n = random.nextInt(9);
        String id = "T-" + n;
        if (store.getArchived(id).isPresent()) {
          continue;
        }
        if (random.nextInt(4) == 0) {
          batch.delete(id);
        } else {
          Status status = Status.values()[random.nextInt(4)];
          // a task depends on those with greater numbers only, so there is no circle
          List<String> others =
              random.nextBoolean() ? List.of() : List.of("T-" + (n + 1 + random.nextInt(3)));
          batch.put(Task.builder(id, "step " + step).status(status).dependencies(others).build());
        }
      }
      batch.commit();
    }
  }

  private Map<String, Task> contents() {
    Map<String, Task> contents = new TreeMap<>();
    for (int i = 0; i < 12; i++) {
      String id = "T-" + i;
      store.get(id).ifPresent(task -> contents.put(id, task));
      store.getArchived(id).ifPresent(task -> contents.put("A:" + id, task));
    }
    return contents;
  }
}
