package dev.quarry.internal.past;

import dev.quarry.ConflictException;
import dev.quarry.Durability;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.change.Events;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.TaskChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes changes back, in a commit of its own. Thread-safe. */
public final class Undo {
  private static final int MAX_NAMED = 20;

  /** Changes of a task in progress that are gone back to find its claim. */
  private static final int MAX_STEPS = 256;

  private final Committer committer;
  private final Storage storage;
  private final RecordCodec codec;
  private final Durability durability;

  /** Undoing in a store that writes. */
  public Undo(Committer committer, Storage storage, RecordCodec codec, Durability durability) {
    this.committer = committer;
    this.storage = storage;
    this.codec = codec;
    this.durability = durability;
  }

  /**
   * Restores what was before a change, unless something depends on it.
   *
   * @param last yields the last change of a task; asked where no commit can come in between
   */
  public Optional<Task> undo(Supplier<Change> last) {
    return committer.behindAll(
        staging -> {
          Change change = last.get();
          String dependent = new LaterTasks(staging).first(change);
          if (dependent != null) {
            throw refused(
                change.before() == null
                    ? "a task depends on the one that would go; undo that one first"
                    : "a task that waited for this one was begun since; undo that one first",
                change,
                Map.of("dependent", dependent));
          }
          Commit made = new History(storage, codec).facts(change.sequence());
          if (made == null) {
            throw notRetained(change.sequence());
          }
          boolean restored = takeBack(staging, change, made.action());
          staging.describe(restored ? Action.UNDO_ARCHIVE : Action.UNDO, null);
          staging.commit(durability);
          return Optional.ofNullable(staging.get(change.id()));
        });
  }

  /** As {@link dev.quarry.TaskStore#undo(long)}. */
  public List<Change> undo(long sequence) {
    return committer.behindAll(
        staging -> {
          Commit commit = new History(storage, codec).commit(sequence);
          if (commit == null) {
            throw notRetained(sequence);
          }
          return undo(staging, commit);
        });
  }

  private SequenceNotRetainedException notRetained(long asked) {
    long last = committer.head().sequence();
    long first = new History(storage, codec).firstRetained(last);
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("asked", asked);
    context.put("oldestRetained", first);
    context.put("last", last);
    return new SequenceNotRetainedException(
        "the change log does not have this commit; see changesAfter for those it has", context);
  }

  /** As {@link dev.quarry.TaskStore#undoLast}. */
  public List<Change> undoLast() {
    return committer.behindAll(
        staging -> {
          Commit commit = new History(storage, codec).lastThatChangedTasks();
          return commit == null ? List.of() : undo(staging, commit);
        });
  }

  private List<Change> undo(Staging staging, Commit commit) {
    List<Change> changes = new ArrayList<>(commit.changes().size());
    Named changed = new Named();
    Expiries expiries = new Expiries(new History(storage, codec));
    for (TaskChange part : commit.changes()) {
      Change change = Events.of(commit, part, Long.MAX_VALUE);
      changes.add(change);
      if (part.after() == null
          ? staging.get(change.id()) != null || !isLastLife(part)
          : !isLast(staging.get(change.id()), part, expiries)) {
        changed.add(change.id());
      }
    }
    Named dependents = new Named();
    LaterTasks later = new LaterTasks(staging);
    for (Change change : changes) {
      later.forEach(change, id -> dependents.add(id + " (on " + change.id() + ")"));
    }
    if (changed.count > 0 || dependents.count > 0) {
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("sequence", commit.sequence());
      changed.addTo(context, "changedSince");
      dependents.addTo(context, "dependents");
      throw new ConflictException(
          "something later stands on this commit, so none of it was undone; undo what is named"
              + " first",
          context);
    }
    boolean restored = false;
    for (Change change : changes) {
      restored |= takeBack(staging, change, commit.action());
    }
    staging.describe(restored ? Action.UNDO_ARCHIVE : Action.UNDO, null);
    staging.commit(durability);
    return changes;
  }

  /** The first of those that are in the way, and how many there are. */
  private static final class Named {
    final List<String> first = new ArrayList<>();
    int count;

    /** Takes one more; true, for the others are counted. */
    boolean add(String name) {
      if (count++ < MAX_NAMED) {
        first.add(name);
      }
      return true;
    }

    void addTo(Map<String, Object> context, String key) {
      if (count == 0) {
        return;
      }
      context.put(key, List.copyOf(first));
      if (count > MAX_NAMED) {
        context.put(key + "More", count - MAX_NAMED);
      }
    }
  }

  /** Whether an id that is free now has not been taken again since the task was removed. */
  private boolean isLastLife(TaskChange removal) {
    List<Long> lives = new History(storage, codec).pastOrdinals(removal.before().id());
    return !lives.isEmpty() && lives.get(lives.size() - 1) == removal.ordinal();
  }

  /** Whether a task is as a change has left it, but for the end of its lease. */
  private static boolean isLast(Task now, TaskChange part, Expiries expiries) {
    return now != null
        && (now.version() == part.after().version()
            || expiries.isBehind(part.after().version(), now, part.ordinal()));
  }

  /** Ends of leases, which stand on nothing that they followed: nobody made them. */
  private static final class Expiries {
    private final History history;

    /** By sequence, for a large one is read as a whole: whether it only ended leases. */
    private final Map<Long, Boolean> known = new HashMap<>();

    Expiries(History history) {
      this.history = history;
    }

    /** Whether all that came to a task behind a version is that its lease ran out. */
    boolean isBehind(long version, Task now, long ordinal) {
      if (!known.computeIfAbsent(now.version(), this::isExpiry)) {
        return false;
      }
      // a second one would need a claim in between
      Task before = history.asOf(ordinal, now.version() - 1);
      return before != null && before.version() == version;
    }

    private boolean isExpiry(long sequence) {
      Commit made = history.facts(sequence);
      return made != null && made.action() == Action.EXPIRE;
    }
  }

  /** Stages what was before a change; whether that came from the archive. */
  private boolean takeBack(Staging staging, Change change, Action made) {
    if (change.before() == null && isFromArchive(change, made)) {
      staging.archive(change.id());
    } else if (change.before() == null) {
      staging.remove(change.id());
    } else if (staging.restore(change.id())) { // an archived task comes back as it was
      return true;
    } else {
      staging.put(before(staging.get(change.id()), change, made));
    }
    return false;
  }

  /** Beside tasks from the archive an undo brings back those that were purged since. */
  private boolean isFromArchive(Change change, Action made) {
    return made.isFromArchive()
        && new History(storage, codec).isFromArchive(change.sequence(), change.id());
  }

  /** The task before a change; one whose claim ended by it or since can be claimed again. */
  private Task before(Task now, Change change, Action made) {
    Task before = change.before();
    boolean leaves =
        before.status() == Status.IN_PROGRESS
            && (now == null || now.status() != Status.IN_PROGRESS);
    boolean lost = leaves && (made.endsClaims() || isByClaim(before));
    return lost ? before.withStatus(Status.TODO) : before;
  }

  /** Whether it was a claim that put the task in progress, as far as the change log tells. */
  private boolean isByClaim(Task inProgress) {
    History history = new History(storage, codec);
    long ordinal = lastOrdinal(history, inProgress.id());
    Task task = inProgress;
    for (int i = 0; i < MAX_STEPS && task != null && task.status() == Status.IN_PROGRESS; i++) {
      Commit made = history.facts(task.version());
      if (made == null) {
        return wasClaimed(inProgress.id());
      }
      if (made.action() == Action.CLAIM) {
        return true;
      }
      task = history.asOf(ordinal, made.sequence() - 1);
    }
    return task != null && task.status() == Status.IN_PROGRESS && wasClaimed(inProgress.id());
  }

  /** At any time; which is asked where the change log does not tell. */
  private boolean wasClaimed(String id) {
    return storage.get(Family.CLAIMS, Keys.id(id)) != null;
  }

  private long lastOrdinal(History history, String id) {
    byte[] present = storage.get(Family.IDS, Keys.id(id));
    if (present != null) {
      return Keys.number(present);
    }
    List<Long> lives = history.pastOrdinals(id);
    return lives.get(lives.size() - 1);
  }

  private static ConflictException refused(String why, Change change, Map<String, Object> more) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("id", change.id());
    context.put("sequence", change.sequence());
    context.putAll(more);
    return new ConflictException(why, context);
  }
}
