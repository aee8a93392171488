package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Change;
import dev.quarry.query.Query;
import dev.quarry.work.Claim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Undone commits among random writes and claims, beside all states that the store was in. */
class UndoModelTest {
  private static final int STEPS = 1_600;

  /** Longer than all steps take, so that leases end where a step says so. */
  private static final Duration LEASE = Duration.ofHours(2);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();
  private final List<Claim> claims = new ArrayList<>();
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

  /** Commits that ended leases. */
  private final Set<Long> expiries = new HashSet<>();

  /** Who was in progress behind each commit because of a claim. */
  private final Map<Long, Set<String>> claimed = new HashMap<>();

  private int undoneBehindExpiries;

  @BeforeEach
  void open() {
    store =
        TaskStore.open(TaskStoreOptions.builder(directory.resolve("store")).clock(clock).build());
    states.put(0L, new TreeMap<>());
    claimed.put(0L, Set.of());
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
      clock.move(Duration.ofSeconds(1));
      long last = states.lastKey();
      int kind = kind(random, last);
      if (kind < 6 || last == 0 || purges.contains(last)) {
        writeSome(random, step);
      } else if (kind < 8 && purgeSome(random)) {
        purges.add(store.sequence()); // changed no task, so there is nothing to undo
      } else if (kind < 9) {
        undoLast(what);
      } else if (kind < 12) {
        long sequence = chosen(random);
        undo(sequence, what, () -> store.undo(sequence));
      } else if (kind < 14) {
        workSome(random, step);
      } else {
        clock.move(LEASE);
        store.claims().reapExpired(); // or the store's own thread has
        if (store.sequence() > last) {
          expiries.add(store.sequence());
        }
      }
      note(last);
    }
    assertThat(mixedUndone).as("tasks sent to the archive beside purged ones").isPositive();
    assertThat(undoneBehindExpiries).as("commits undone behind ends of leases").isPositive();
  }

  private int kind(Random random, long last) {
    if ((mixed.contains(last) || expiries.contains(last)) && random.nextBoolean()) {
      return 8;
    }
    boolean expires = undoneBehindExpiries < 3 && !claimed.get(last).isEmpty();
    return expires && random.nextInt(4) == 0 ? 14 : random.nextInt(15);
  }

  private void note(long last) {
    long now = store.sequence();
    if (now == last) {
      return;
    }
    assertThat(now).isEqualTo(last + 1);
    states.put(now, contents());
    Set<String> byClaim = new HashSet<>(claimed.get(last));
    for (Change change : store.changesAfter(last, 1)) {
      if (change.cause().equals("claim")) {
        byClaim.add(change.id());
      }
    }
    byClaim.removeIf(id -> !isInProgress(states.get(now).get(id)));
    claimed.put(now, byClaim);
  }

  private static boolean isInProgress(Task task) {
    return task != null && task.status() == Status.IN_PROGRESS;
  }

  /** Claims tasks, or changes one as its owner. */
  private void workSome(Random random, int step) {
    claims.removeIf(claim -> store.claims().claimOf(claim.id()).isEmpty());
    if (claims.isEmpty() || random.nextBoolean()) {
      claims.addAll(
          store.claims().next(Query.all().condition(), "w", LEASE, 1 + random.nextInt(3)));
      return;
    }
    Claim claim = claims.get(random.nextInt(claims.size()));
    try {
      store.claims().update(claim, t -> t.withTitle("worked on in step " + step));
    } catch (StaleClaimException e) {
      claims.remove(claim); // somebody has claimed it since
    }
  }

  /** That of the last commit but for ends of leases. */
  private void undoLast(String what) {
    Long last = states.lastKey();
    while (expiries.contains(last) || purges.contains(last)) {
      last = states.lowerKey(last);
    }
    if (last == 0) {
      assertThat(store.undoLast()).as(what).isEmpty();
    } else {
      undo(last, what, store::undoLast);
    }
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

  private void undo(long sequence, String what, Supplier<List<Change>> verb) {
    boolean partlyPurged = isPartlyPurged(sequence);
    Map<String, Task> now = states.lastEntry().getValue();
    Map<String, Task> then = states.get(sequence);
    Map<String, Task> before = states.lowerEntry(sequence).getValue();
    Map<String, Task> expected = new TreeMap<>(now);
    TreeSet<String> standing = new TreeSet<>();
    boolean behindExpiry = false;
    for (Change change : store.changesAfter(sequence - 1, 1)) {
      String id = change.id();
      boolean reborn = states.tailMap(sequence).values().stream().anyMatch(m -> m.containsKey(id));
      behindExpiry |= !same(now.get(id), then.get(id)) && isExpired(now.get(id), then.get(id));
      if (!(same(now.get(id), then.get(id)) || isExpired(now.get(id), then.get(id)))
          || (change.after() == null && reborn)) {
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
          expected.put(key, comesBack(before.get(key), now.get(id), sequence));
        }
      }
    }
    long last = store.sequence();
    try {
      List<Change> undone = verb.get();
      assertThat(undone).as(what).isNotEmpty().allMatch(c -> c.sequence() == sequence);
      assertThat(standing).as(what).isEmpty();
      undoneBehindExpiries += behindExpiry ? 1 : 0;
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

  /** Whether all that came to a task since is that its lease ran out. */
  private boolean isExpired(Task now, Task then) {
    return now != null
        && then != null
        && expiries.contains(now.version())
        && same(states.lowerEntry(now.version()).getValue().get(now.id()), then);
  }

  /** A task as it was before a commit; not claimed any more where its claim is over. */
  private Task comesBack(Task before, Task now, long sequence) {
    boolean byClaim = claimed.get(states.lowerKey(sequence)).contains(before.id());
    return isInProgress(before) && byClaim && !isInProgress(now)
        ? before.withStatus(Status.TODO)
        : before;
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
