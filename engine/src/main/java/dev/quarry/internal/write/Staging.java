package dev.quarry.internal.write;

import dev.quarry.DuplicateTaskException;
import dev.quarry.Durability;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.read.RecordReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The writes of one commit in the making: reads see what is staged. Lives inside {@link
 * Committer#exclusively}, in its thread.
 */
public final class Staging {
  private final Committer committer;
  private final RecordReader reader;
  private final RecordCodec codec;
  private final Map<String, Entry> byId = new HashMap<>();
  private final List<Entry> order = new ArrayList<>();
  private long nextOrdinal;

  private static final class Entry {
    long ordinal;
    IndexedFields before;
    byte[] beforePrefix;
    Task stored;
    Task now;
  }

  Staging(Committer committer, RecordReader reader, RecordCodec codec) {
    this.committer = committer;
    this.reader = reader;
    this.codec = codec;
    this.nextOrdinal = committer.nextOrdinal();
  }

  /** The task as it stands, staged writes included; null where there is none. */
  public Task get(String id) {
    return entry(id).now;
  }

  /** Stages a new task; its id must be free. */
  public void insert(Task task) {
    Entry entry = entry(task.id());
    if (entry.now != null) {
      throw duplicate(entry.now);
    }
    set(entry, task);
  }

  /** Stages the task, new or not. */
  public void put(Task task) {
    set(entry(task.id()), task);
  }

  /** Stages the removal of the task; it may be absent. */
  public void remove(String id) {
    entry(id).now = null;
  }

  private void set(Entry entry, Task task) {
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
    Entry entry = new Entry();
    entry.ordinal = -1;
    RecordReader.Stored stored = reader.stored(id);
    if (stored != null) {
      entry.ordinal = stored.ordinal();
      entry.stored = codec.decode(stored.bytes());
      entry.now = entry.stored;
      entry.before = IndexedFields.of(entry.stored);
      entry.beforePrefix = codec.indexedPrefix(stored.bytes());
    }
    byId.put(id, entry);
    order.add(entry);
    return entry;
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
    List<Mutation> mutations = new ArrayList<>();
    for (Entry entry : order) {
      boolean same = entry.now == null ? entry.stored == null : entry.now.equals(entry.stored);
      if (!same) {
        mutations.add(new Mutation(entry.ordinal, entry.before, entry.beforePrefix, entry.now));
      }
    }
    byId.clear();
    order.clear();
    if (mutations.isEmpty()) {
      return committer.head().sequence();
    }
    long sequence = committer.commit(mutations, durability);
    nextOrdinal = committer.nextOrdinal();
    return sequence;
  }
}
