package dev.quarry;

import dev.quarry.change.Change;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The commits of a store that is going to be damaged, and what it holds after each. */
final class DamageModel {
  static final int IDS = 500;
  static final IndexSpec OWN =
      IndexSpec.ordered("own", TaskFields.AGENT.ascending(), TaskFields.DUE_AT.descending());

  /** The store's clock stands. */
  static final Instant NOW = Instant.ofEpochSecond(1_900_000_000L);

  private static final int COMMITS = 900;
  private static final String OWNER = "worker";
  private static final Duration LEASE = Duration.ofDays(3_000);

  private final List<Commit> commits = new ArrayList<>();
  private final long seed;

  /** What a commit does to a task: the task written, or null for a removal. */
  private record Write(String id, Task task) {}

  /** Tasks written, or some that go to the archive, or one that is claimed. */
  private record Commit(List<Write> writes, List<String> archived, String claimed) {}

  /** A change as the log must have it. */
  record Logged(long sequence, Change.Kind kind, String id, Task before, Task after) {
    static Logged of(Change change) {
      return new Logged(
          change.sequence(), change.action(), change.id(), change.before(), change.after());
    }
  }

  /** What a store holds after some commits. */
  static final class State {
    final TaskModel live = new TaskModel();
    final TreeMap<String, Task> archived = new TreeMap<>();
    final TreeMap<String, Task> claimed = new TreeMap<>();
    final List<Logged> log = new ArrayList<>();

    private void apply(long sequence, Commit commit) {
      for (Write write : commit.writes) {
        set(sequence, write.id, write.task);
      }
      for (String id : commit.archived) {
        archived.put(id, live.get(id));
        live.archived(List.of(live.get(id)));
        set(sequence, id, null);
      }
      if (commit.claimed != null) {
        Task task = claimed(live.get(commit.claimed));
        claimed.put(task.id(), task);
        set(sequence, task.id(), task);
      }
    }

    private void set(long sequence, String id, Task task) {
      Task before = live.get(id);
      if (task == null) {
        live.remove(id);
        log.add(new Logged(sequence, Change.Kind.DELETED, id, before, null));
      } else {
        live.put(task);
        Change.Kind kind = before == null ? Change.Kind.CREATED : Change.Kind.UPDATED;
        log.add(new Logged(sequence, kind, id, before, task));
      }
    }
  }

  DamageModel(long seed) {
    this.seed = seed;
    Random random = new Random(seed);
    State now = new State();
    for (int n = 0; n < COMMITS; n++) {
      Commit commit = commit(n, now, random);
      now.apply(n + 1, commit);
      commits.add(commit);
    }
  }

  /** Archived and claimed tasks stay as they are. */
  private static Commit commit(int n, State now, Random random) {
    if (n > 100 && n % 45 == 7) {
      return new Commit(List.of(), List.copyOf(free(now, random, 2, true)), null);
    }
    if (n > 100 && n % 60 == 11) {
      return new Commit(List.of(), List.of(), free(now, random, 1, false).first());
    }
    Map<String, Write> writes = new TreeMap<>();
    int size = n < 20 ? 25 : 1 + random.nextInt(3);
    for (int i = 0; i < size || writes.isEmpty(); i++) {
      String id = "D-" + (n < 20 ? n * 25 + i : random.nextInt(IDS));
      if (!now.archived.containsKey(id) && !now.claimed.containsKey(id)) {
        boolean remove = n > 100 && random.nextInt(5) == 0 && now.live.get(id) != null;
        writes.putIfAbsent(id, new Write(id, remove ? null : task(id, n)));
      }
    }
    return new Commit(List.copyOf(writes.values()), List.of(), null);
  }

  /** Tasks that are there and not claimed; unless any will do, such that can be. */
  private static SortedSet<String> free(State now, Random random, int size, boolean any) {
    TreeSet<String> ids = new TreeSet<>();
    while (ids.size() < size) {
      Task task = now.live.get("D-" + random.nextInt(IDS));
      if (task != null
          && !now.claimed.containsKey(task.id())
          && (any || (task.status() == Status.TODO && task.dependencies().isEmpty()))) {
        ids.add(task.id());
      }
    }
    return ids;
  }

  static Task task(String id, int n) {
    Random random = new Random(31L * id.hashCode() + n);
    byte[] noise = new byte[300];
    random.nextBytes(noise);
    Task.Builder task =
        Task.builder(id, "title " + n)
            .status(Status.values()[Math.floorMod(id.hashCode() + n, 6)])
            .agent("a" + n % 7)
            .createdAt(NOW.plusSeconds(n % 50))
            .updatedAt(NOW.plusSeconds(n))
            .dueAt(NOW.plusSeconds(n % 30))
            .estimatedHours(n % 8 / 4.0)
            .tag("t" + n % 5)
            .description(HexFormat.of().formatHex(noise))
            .attribute("n", String.valueOf(n));
    int number = Integer.parseInt(id.substring(2));
    if (n % 3 == 0 && number > 0) {
      task.dependency("D-" + number / 2); // a smaller one, so that there is no circle
      task.link(Link.Type.RELATED, "D-" + number / 3);
    }
    return task.build();
  }

  private static Task claimed(Task task) {
    return task.toBuilder().status(Status.IN_PROGRESS).updatedAt(NOW).build();
  }

  /** Whether a task was ever written like that: as it is, or claimed. */
  static boolean isWritten(Task task) {
    Task written = task(task.id(), Integer.parseInt(task.attributes().get("n")));
    return task.equals(written)
        || (written.status() == Status.TODO && task.equals(written.withStatus(Status.IN_PROGRESS)));
  }

  /** What is in the store after {@code sequence} commits. */
  State at(long sequence) {
    State state = new State();
    for (int n = 0; n < sequence; n++) {
      state.apply(n + 1, commits.get(n));
    }
    return state;
  }

  long last() {
    return commits.size();
  }

  /** Writes commits {@code from} (inclusive) to {@code to} (exclusive). */
  void write(TaskStore store, int from, int to) {
    for (Commit commit : commits.subList(from, to)) {
      if (commit.claimed != null) {
        Claim claim = store.claims().tryClaim(commit.claimed, OWNER, LEASE).orElseThrow();
        if (!claim.owner().equals(OWNER)) {
          throw new AssertionError(claim);
        }
      } else if (!commit.archived.isEmpty()) {
        store.archive(commit.archived);
      } else {
        try (WriteBatch batch = store.newBatch()) {
          for (Write write : commit.writes) {
            if (write.task == null) {
              batch.delete(write.id);
            } else {
              batch.put(write.task);
            }
          }
          batch.commit();
        }
      }
    }
    if (store.sequence() != to) {
      throw new AssertionError("sequence " + store.sequence() + " instead of " + to);
    }
  }

  @Override
  public String toString() {
    return "damage model, seed " + seed;
  }
}
