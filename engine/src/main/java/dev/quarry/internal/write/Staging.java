package dev.quarry.internal.write;

import dev.quarry.DuplicateTaskException;
import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.Waits;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One commit in the making: reads see what is staged here, then what others have decided, then the
 * storage. Lives inside {@link Committer#exclusively}, in its thread.
 */
public final class Staging {
  private final Committer committer;
  private final StagedState state;
  private final Map<String, Entry> byId = new HashMap<>();
  private final List<Entry> order = new ArrayList<>();
  private final Map<String, Boolean> holds = new HashMap<>();
  private SideWrites sides = new SideWrites();
  private Action action = Action.WRITE;
  private String actor;
  private long nextOrdinal;

  /** A task that the commit has looked at. */
  static final class Entry {
    final String id;
    long ordinal = -1;
    Task stored;
    byte[] record;
    Task now;

    /** What it waited for and waits for; known once {@link Blockers} has counted. */
    int waitsBefore;

    int waitsAfter;

    Entry(String id) {
      this.id = id;
    }

    boolean isChanged() {
      return now == null ? stored != null : !now.equals(stored);
    }
  }

  Staging(Committer committer, StagedState state, String actor) {
    this.committer = committer;
    this.state = state;
    this.actor = actor;
    this.nextOrdinal = committer.nextOrdinal();
  }

  /** The task as it stands, staged writes included; null where there is none. */
  public Task get(String id) {
    return entry(id).now;
  }

  /** The ordinal of a task that is there. */
  public long ordinal(String id) {
    return entry(id).ordinal;
  }

  /** Whether the task can be started, as it stands before this commit. */
  public boolean ready(String id) {
    Entry entry = entry(id);
    return entry.stored != null
        && entry.stored.status() == Status.TODO
        && waits(entry.ordinal) == 0;
  }

  /** Stages a new task; its id must be free. */
  public void insert(Task task) {
    Entry entry = entry(task.id());
    if (entry.now != null) {
      throw duplicate(entry.now);
    }
    set(entry, task);
  }

  /** The task of an ordinal as it stands; null where there is none. */
  Task get(long ordinal) {
    Task task = state.task(ordinal);
    if (task == null) {
      return null;
    }
    Entry entry = entry(task.id());
    return entry.ordinal == ordinal ? entry.now : null;
  }

  /** Takes a task that is there out of the store and into the archive. */
  public void archive(String id) {
    Entry entry = entry(id);
    Task kept = committer.hook().archiving(this, entry.now);
    boolean asStored = entry.record != null && kept.equals(entry.stored);
    setArchived(id, archived(id), asStored ? entry.record : state.record(kept));
    entry.now = null;
  }

  /** Brings a task back from the archive; false where it is not there. */
  public boolean restore(String id) {
    byte[] record = archived(id);
    if (record == null) {
      return false;
    }
    setArchived(id, record, null);
    set(entry(id), state.task(record));
    return true;
  }

  /** Deletes what the archive holds of an id. */
  void purge(String id) {
    setArchived(id, archived(id), null);
  }

  private void setArchived(String id, byte[] before, byte[] after) {
    state.noteArchive();
    sides.setArchived(Keys.id(id), before, after);
  }

  /** The record of an archived task, or null. */
  byte[] archived(String id) {
    return state.isAnyArchived() ? attached(Family.ARCHIVE, Keys.id(id)) : null;
  }

  /** The tasks that depend on an id, as they stand before this commit. */
  public Dependents dependents(String id) {
    return new Dependents(state, id);
  }

  /** The status of an ordinal before this commit, or null; as a rule without its record. */
  public Status storedStatus(long ordinal) {
    return state.status(ordinal);
  }

  /** What queries know of an ordinal before this commit, or null; its texts are not read. */
  public IndexedFields storedFields(long ordinal) {
    return state.fields(ordinal);
  }

  /** The task of an ordinal before this commit, or null. */
  public Task stored(long ordinal) {
    return state.task(ordinal);
  }

  /** Whether tasks of the store depend on an id, as it stands before this commit. */
  boolean hasDependents(String id) {
    return dependents(id).next() >= 0;
  }

  /** Stages the task, new or not. */
  public void put(Task task) {
    set(entry(task.id()), task);
  }

  /** Stages the removal of the task; it may be absent. */
  public void remove(String id) {
    entry(id).now = null;
  }

  /**
   * Holds a TODO task back from being ready, or ends that. A hold ends by itself when the task
   * leaves TODO.
   */
  public void hold(String id, boolean held) {
    entry(id);
    holds.put(id, held);
  }

  /** What a key beside the records holds, this commit's writes included; null where nothing. */
  public byte[] attached(Family family, byte[] key) {
    SideWrites.Value own = sides.get(family, key);
    return own != null ? own.bytes() : state.side(family, key);
  }

  /** Stages a put, or for null a delete, of a key beside the records. */
  public void attach(Family family, byte[] key, byte[] valueOrNull) {
    sides.set(family, key, valueOrNull);
  }

  /** Says what the commit is for, and who makes it; null keeps the store's own actor. */
  public void describe(Action value, String by) {
    action = Objects.requireNonNull(value, "action");
    actor = by == null ? actor : by;
  }

  private void set(Entry entry, Task task) {
    if (entry.stored == null && archived(entry.id) != null) {
      throw new DuplicateTaskException(
          "a task with this id is in the archive; restore it, or purge it, or use another id",
          Map.of("id", entry.id, "where", "archive"));
    }
    if (entry.ordinal < 0) {
      entry.ordinal = nextOrdinal++;
    }
    entry.now = task;
  }

  private Entry entry(String id) {
    Entry known = byId.get(id);
    if (known != null) {
      return known;
    }
    Entry entry = new Entry(id);
    Overlay.Staged stored = state.task(id);
    if (stored != null) {
      entry.ordinal = stored.ordinal();
      entry.stored = stored.task();
      entry.record = stored.record();
      entry.now = entry.stored;
    }
    byId.put(id, entry);
    order.add(entry);
    return entry;
  }

  /** The entry of an id that the commit has looked at, or null. */
  Entry known(String id) {
    return byId.get(id);
  }

  /** The hold asked for an id, or null. */
  Boolean hold(String id) {
    return holds.get(id);
  }

  /** What a query knows of a task that is there. */
  IndexedFields fields(long ordinal, Task task) {
    return IndexedFields.of(task).withWaits(waits(ordinal));
  }

  int waits(long ordinal) {
    return Waits.decode(attached(Family.WAITS, Keys.number(ordinal)));
  }

  SideWrites sides() {
    return sides;
  }

  StagedState state() {
    return state;
  }

  private static DuplicateTaskException duplicate(Task present) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("id", present.id());
    if (present.createdAt() != null) {
      context.put("created", present.createdAt());
    }
    return new DuplicateTaskException(
        "a task with this id exists; use put or update, or another id", context);
  }

  /**
   * Commits what is staged and returns the sequence; the store's last where nothing changes. The
   * staging is then empty.
   */
  public long commit(Durability durability) {
    List<Entry> changed = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) { // the hook may look at further tasks
      Entry entry = order.get(i);
      if (entry.isChanged()) {
        committer.hook().changing(this, entry.stored, entry.now);
        changed.add(entry);
      }
    }
    Blockers blockers = new Blockers(this, committer.absentBlocks());
    List<WaitChange> waits = blockers.resolve(changed, holds.keySet());
    List<Mutation> mutations = new ArrayList<>(changed.size());
    long sequence = committer.nextSequence();
    for (Entry entry : changed) {
      mutations.add(mutation(entry, blockers, sequence));
    }
    SideWrites written = sides;
    byId.clear();
    order.clear();
    holds.clear();
    sides = new SideWrites();
    if (mutations.isEmpty() && waits.isEmpty() && written.isEmpty()) {
      return committer.lastSequence();
    }
    committer.commit(action, actor, mutations, waits, written, durability);
    nextOrdinal = committer.nextOrdinal();
    return sequence;
  }

  private static Mutation mutation(Entry entry, Blockers blockers, long sequence) {
    Task after = entry.now == null ? null : Committer.versioned(entry.now, sequence);
    boolean readyBefore = blockers.wasReady(entry);
    boolean readyAfter = blockers.isReady(entry);
    return new Mutation(
        entry.ordinal,
        entry.stored,
        entry.stored == null ? null : IndexedFields.of(entry.stored),
        entry.record,
        after,
        after == null ? null : IndexedFields.of(after),
        readyBefore,
        readyAfter);
  }
}
