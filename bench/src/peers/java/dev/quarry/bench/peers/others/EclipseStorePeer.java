package dev.quarry.bench.peers.others;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.peers.FlatCodec;
import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.Peers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.eclipse.serializer.persistence.types.Storer;
import org.eclipse.store.storage.embedded.types.EmbeddedStorage;
import org.eclipse.store.storage.embedded.types.EmbeddedStorageManager;

/**
 * EclipseStore: the tasks are objects in the heap, written in segments so that a change stores a
 * small list and not a large one. The indexes are Java collections, built at opening.
 */
final class EclipseStorePeer implements Peer {
  /** What is persisted. */
  static final class Root {
    final List<Segment> segments = new ArrayList<>();
  }

  /** Some neighbours. */
  static final class Segment {
    final List<Entry> entries = new ArrayList<>(SEGMENT);
  }

  /**
   * A task: bytes while it is written or read, an object otherwise. A storer writes an entry when
   * it is new and when it is named, never again on the way, so the bytes need not be kept.
   */
  static final class Entry {
    final long number;
    byte[] record;
    transient Task task;

    Entry(long number, Task task) {
      this.number = number;
      set(task);
    }

    void set(Task now) {
      task = now;
      record = FlatCodec.encode(now);
    }

    void loaded() {
      task = FlatCodec.decode(record);
      record = null;
    }

    Task task() {
      return task;
    }
  }

  private static final int SEGMENT = 128;
  private static final Comparator<Entry> BY_NUMBER = Comparator.comparingLong(e -> e.number);
  private static final Comparator<Entry> Q2_ORDER =
      Comparator.comparing(Entry::task, CompoundQuery.ORDER).thenComparing(BY_NUMBER);

  private final EmbeddedStorageManager storage;
  private final Root root = new Root();
  private final Instant now;
  private final Map<String, Entry> byId;
  private final Map<Status, TreeSet<Entry>> byStatus = new EnumMap<>(Status.class);
  private final Map<String, TreeSet<Entry>> openByAgent = new HashMap<>();
  private long nextNumber;

  EclipseStorePeer(Settings settings) {
    now = settings.now();
    byId = new HashMap<>(settings.expectedTasks() * 2);
    for (Status status : Status.values()) {
      byStatus.put(status, new TreeSet<>(BY_NUMBER));
    }
    storage = EmbeddedStorage.start(root, settings.directory());
    for (Segment segment : root.segments) {
      for (Entry entry : segment.entries) {
        entry.loaded();
        byId.put(entry.task().id(), entry);
        index(entry);
        nextNumber = entry.number + 1;
      }
    }
  }

  private void index(Entry entry) {
    Task task = entry.task();
    byStatus.get(task.status()).add(entry);
    if (isOpen(task)) {
      openByAgent.computeIfAbsent(task.agent(), a -> new TreeSet<>(Q2_ORDER)).add(entry);
    }
  }

  private void forget(Entry entry) {
    Task task = entry.task();
    byStatus.get(task.status()).remove(entry);
    if (isOpen(task)) {
      openByAgent.get(task.agent()).remove(entry);
    }
  }

  private static boolean isOpen(Task task) {
    return task.agent() != null && task.status() == Status.TODO;
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.QUERIES, Ability.STATUS_OF);
  }

  @Override
  public Task get(String id) {
    Entry entry = byId.get(id);
    return entry == null ? null : entry.task();
  }

  @Override
  public Status statusOf(String id) {
    Task task = get(id);
    return task == null ? null : task.status();
  }

  @Override
  public void insert(Task task) {
    insertAll(List.of(task));
  }

  @Override
  public void insertAll(List<Task> tasks) {
    Set<Object> changed = new HashSet<>();
    List<Entry> entries = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      Entry entry = new Entry(nextNumber++, task);
      if (byId.putIfAbsent(task.id(), entry) != null) {
        throw new IllegalArgumentException("duplicate id " + task.id());
      }
      int at = (int) (entry.number / SEGMENT);
      if (at == root.segments.size()) {
        root.segments.add(new Segment());
        changed.add(root.segments);
      }
      Segment segment = root.segments.get(at);
      segment.entries.add(entry);
      changed.add(segment.entries);
      entries.add(entry);
      index(entry);
    }
    store(changed, entries);
  }

  @Override
  public void setStatus(List<String> ids, Status status) {
    List<Entry> changed = new ArrayList<>(ids.size());
    for (String id : ids) {
      Entry entry = byId.get(id);
      Task before = entry.task();
      Task after = Peers.withStatus(before, status, now);
      if (after.status() != before.status()) {
        forget(entry);
        entry.set(after);
        index(entry);
        changed.add(entry);
      }
    }
    store(changed, changed);
  }

  private void store(Collection<?> changed, List<Entry> written) {
    Storer storer = storage.createStorer();
    changed.forEach(storer::store);
    storer.commit();
    written.forEach(entry -> entry.record = null);
  }

  @Override
  public List<Task> q1(int limit) {
    return byStatus.get(Status.TODO).stream().limit(limit).map(Entry::task).toList();
  }

  @Override
  public List<Task> q2(CompoundQuery query, int limit) {
    List<Task> found = new ArrayList<>(limit);
    for (Entry entry : openByAgent.getOrDefault(query.agent(), new TreeSet<>(Q2_ORDER))) {
      Task task = entry.task();
      if (found.size() == limit || task.priority().compareTo(Priority.HIGH) < 0) {
        break;
      }
      if (query.matches(task)) {
        found.add(task);
      }
    }
    return found;
  }

  @Override
  public Map<Status, Long> countByStatus() {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    byStatus.forEach(
        (status, entries) -> {
          if (!entries.isEmpty()) {
            counts.put(status, (long) entries.size());
          }
        });
    return counts;
  }

  @Override
  public void scan(Consumer<Task> action) {
    for (Segment segment : root.segments) {
      for (Entry entry : segment.entries) {
        action.accept(entry.task());
      }
    }
  }

  @Override
  public void settle() {
    storage.issueFullFileCheck();
  }

  @Override
  public void close() {
    storage.shutdown();
  }
}
