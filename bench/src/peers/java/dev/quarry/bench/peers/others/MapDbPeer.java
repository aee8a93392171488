package dev.quarry.bench.peers.others;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.peers.FlatCodec;
import dev.quarry.bench.peers.Peer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.function.Consumer;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;
import org.mapdb.serializer.SerializerArrayTuple;

/** MapDB: records by number, ids, tuple sets as indexes; one commit for each write or batch. */
final class MapDbPeer implements Peer {
  private static final int TOP = Priority.values().length - 1;

  private final DB db;
  private final BTreeMap<Long, byte[]> records;
  private final BTreeMap<String, Long> ids;
  private final NavigableSet<Object[]> byStatus;
  private final NavigableSet<Object[]> byAgent;
  private final NavigableSet<Object[]> byTag;
  private final NavigableSet<Object[]> byDue;
  private final Instant now;
  private long nextNumber;

  MapDbPeer(Settings settings) {
    now = settings.now();
    db =
        DBMaker.fileDB(settings.directory().resolve("tasks.db").toFile())
            .transactionEnable()
            .fileSyncDisable()
            .make();
    records =
        db.treeMap("records", Serializer.LONG, Serializer.BYTE_ARRAY)
            .valuesOutsideNodesEnable()
            .createOrOpen();
    ids = db.treeMap("ids", Serializer.STRING, Serializer.LONG).createOrOpen();
    byStatus = set("by_status", Serializer.INTEGER, Serializer.LONG);
    byAgent =
        set(
            "by_agent",
            Serializer.STRING,
            Serializer.INTEGER,
            Serializer.INTEGER,
            Serializer.LONG,
            Serializer.LONG);
    byTag = set("by_tag", Serializer.STRING, Serializer.LONG);
    byDue = set("by_due", Serializer.LONG, Serializer.LONG);
    nextNumber = records.isEmpty() ? 0 : records.lastKey() + 1;
  }

  private NavigableSet<Object[]> set(String name, Serializer<?>... parts) {
    return db.treeSet(name, new SerializerArrayTuple(parts)).createOrOpen();
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.QUERIES, Ability.STATUS_OF);
  }

  @Override
  public Task get(String id) {
    Long number = ids.get(id);
    return number == null ? null : FlatCodec.decode(records.get(number));
  }

  @Override
  public Status statusOf(String id) {
    Long number = ids.get(id);
    return number == null ? null : FlatCodec.status(records.get(number));
  }

  @Override
  public void insert(Task task) {
    insertAll(List.of(task));
  }

  @Override
  public void insertAll(List<Task> tasks) {
    for (Task task : tasks) {
      long number = nextNumber++;
      if (ids.putIfAbsent(task.id(), number) != null) {
        throw new IllegalArgumentException("duplicate id " + task.id());
      }
      records.put(number, FlatCodec.encode(task));
      byStatus.add(new Object[] {task.status().ordinal(), number});
      if (task.agent() != null) {
        byAgent.add(agentKey(task, task.status(), number));
      }
      for (String tag : task.tags()) {
        byTag.add(new Object[] {tag, number});
      }
      if (task.dueAt() != null) {
        byDue.add(new Object[] {FlatCodec.micros(task.dueAt()), number});
      }
    }
    db.commit();
  }

  @Override
  public void setStatus(List<String> changedIds, Status status) {
    for (String id : changedIds) {
      long number = ids.get(id);
      byte[] record = records.get(number);
      Status before = FlatCodec.status(record);
      if (before == status) {
        continue;
      }
      records.put(number, FlatCodec.withStatus(record, status, now));
      byStatus.remove(new Object[] {before.ordinal(), number});
      byStatus.add(new Object[] {status.ordinal(), number});
      Task task = FlatCodec.decode(record);
      if (task.agent() != null) {
        byAgent.remove(agentKey(task, before, number));
        byAgent.add(agentKey(task, status, number));
      }
    }
    db.commit();
  }

  private static Object[] agentKey(Task task, Status status, long number) {
    return new Object[] {
      task.agent(),
      status.ordinal(),
      TOP - task.priority().ordinal(),
      FlatCodec.micros(task.createdAt()),
      number
    };
  }

  @Override
  public List<Task> q1(int limit) {
    List<Task> tasks = new ArrayList<>(limit);
    int todo = Status.TODO.ordinal();
    for (Object[] entry : byStatus.tailSet(new Object[] {todo, 0L})) {
      if ((int) entry[0] != todo || tasks.size() == limit) {
        break;
      }
      tasks.add(FlatCodec.decode(records.get((Long) entry[1])));
    }
    return tasks;
  }

  @Override
  public List<Task> q2(CompoundQuery query, int limit) {
    List<Task> tasks = new ArrayList<>(limit);
    int todo = Status.TODO.ordinal();
    int lowest = TOP - Priority.HIGH.ordinal();
    Object[] from = {query.agent(), todo, 0, Long.MIN_VALUE, 0L};
    for (Object[] entry : byAgent.tailSet(from)) {
      if (tasks.size() == limit
          || !entry[0].equals(query.agent())
          || (int) entry[1] != todo
          || (int) entry[2] > lowest) {
        break;
      }
      if (byTag.contains(new Object[] {query.tag(), entry[4]})) {
        Task task = FlatCodec.decode(records.get((Long) entry[4]));
        if (query.matches(task)) {
          tasks.add(task);
        }
      }
    }
    return tasks;
  }

  @Override
  public Map<Status, Long> countByStatus() {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    Status[] all = Status.values();
    for (Object[] entry : byStatus) {
      counts.merge(all[(int) entry[0]], 1L, Long::sum);
    }
    return counts;
  }

  @Override
  public void scan(Consumer<Task> action) {
    for (byte[] record : records.values()) {
      action.accept(FlatCodec.decode(record));
    }
  }

  @Override
  public void settle() {
    db.commit();
  }

  @Override
  public void close() {
    db.close();
  }
}
