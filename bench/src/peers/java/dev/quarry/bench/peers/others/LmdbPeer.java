package dev.quarry.bench.peers.others;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.peers.FlatCodec;
import dev.quarry.bench.peers.Peer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * LMDB: records by number, ids, and four ordered index databases in one transaction, as the expert
 * on RocksDB has them. Not synced at commit: a returned write is in the page cache.
 */
final class LmdbPeer implements Peer {
  private static final int DATABASES = 6;
  private static final int LARGEST_RECORD = 1 << 20;
  private static final int LARGEST_KEY = 511;
  private static final long LEAST_MAP = 4L << 30;
  private static final long MAP_PER_TASK = 8L << 10;
  private static final int TOP = Priority.values().length - 1;

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> records;
  private final Dbi<ByteBuffer> ids;
  private final Dbi<ByteBuffer> byStatus;
  private final Dbi<ByteBuffer> byAgent;
  private final Dbi<ByteBuffer> byTag;
  private final Dbi<ByteBuffer> byDue;
  private final ByteBuffer key = ByteBuffer.allocateDirect(LARGEST_KEY);
  private final ByteBuffer number = ByteBuffer.allocateDirect(Long.BYTES);
  private final ByteBuffer value = ByteBuffer.allocateDirect(LARGEST_RECORD);
  private final ByteBuffer empty = ByteBuffer.allocateDirect(0);
  private final Instant now;
  private long nextNumber;

  LmdbPeer(Settings settings) {
    now = settings.now();
    env =
        Env.create()
            .setMapSize(Math.max(LEAST_MAP, settings.expectedTasks() * MAP_PER_TASK))
            .setMaxDbs(DATABASES)
            .open(settings.directory().toFile(), EnvFlags.MDB_NOSYNC, EnvFlags.MDB_NORDAHEAD);
    records = open("records");
    ids = open("ids");
    byStatus = open("by_status");
    byAgent = open("by_agent");
    byTag = open("by_tag");
    byDue = open("by_due");
    try (Txn<ByteBuffer> txn = env.txnRead();
        Cursor<ByteBuffer> last = records.openCursor(txn)) {
      nextNumber = last.last() ? last.key().getLong() + 1 : 0;
    }
  }

  private Dbi<ByteBuffer> open(String name) {
    return env.openDbi(name, DbiFlags.MDB_CREATE);
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.QUERIES, Ability.STATUS_OF);
  }

  @Override
  public Task get(String id) {
    try (Txn<ByteBuffer> txn = env.txnRead()) {
      ByteBuffer record = record(txn, id);
      return record == null ? null : FlatCodec.decode(record);
    }
  }

  @Override
  public Status statusOf(String id) {
    try (Txn<ByteBuffer> txn = env.txnRead()) {
      ByteBuffer record = record(txn, id);
      return record == null ? null : Status.values()[record.get(0)];
    }
  }

  private ByteBuffer record(Txn<ByteBuffer> txn, String id) {
    ByteBuffer found = ids.get(txn, text(id));
    return found == null ? null : records.get(txn, found);
  }

  @Override
  public void insert(Task task) {
    insertAll(List.of(task));
  }

  @Override
  public void insertAll(List<Task> tasks) {
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      for (Task task : tasks) {
        long n = nextNumber++;
        number.clear().putLong(n).flip();
        if (!ids.put(txn, text(task.id()), number, PutFlags.MDB_NOOVERWRITE)) {
          throw new IllegalArgumentException("duplicate id " + task.id());
        }
        value.clear().put(FlatCodec.encode(task)).flip();
        records.put(txn, number, value, PutFlags.MDB_APPEND);
        byStatus.put(txn, statusKey(task.status(), n), empty);
        if (task.agent() != null) {
          byAgent.put(txn, agentKey(task, task.status(), n), cover(task));
        }
        for (String tag : task.tags()) {
          key.clear().put(utf8(tag)).put((byte) 0).putLong(n).flip();
          byTag.put(txn, key, empty);
        }
        if (task.dueAt() != null) {
          key.clear().putLong(FlatCodec.micros(task.dueAt())).putLong(n).flip();
          byDue.put(txn, key, empty);
        }
      }
      txn.commit();
    }
  }

  @Override
  public void setStatus(List<String> changedIds, Status status) {
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      for (String id : changedIds) {
        ByteBuffer found = ids.get(txn, text(id));
        if (found == null) {
          throw new IllegalArgumentException("no task has the id " + id);
        }
        long n = found.getLong(found.position());
        number.clear().putLong(n).flip();
        ByteBuffer stored = records.get(txn, number);
        byte[] record = new byte[stored.remaining()];
        stored.get(record);
        Status before = FlatCodec.status(record);
        if (before == status) {
          continue;
        }
        value.clear().put(FlatCodec.withStatus(record, status, now)).flip();
        records.put(txn, number, value);
        byStatus.delete(txn, statusKey(before, n));
        byStatus.put(txn, statusKey(status, n), empty);
        Task task = FlatCodec.decode(record);
        if (task.agent() != null) {
          byAgent.delete(txn, agentKey(task, before, n));
          byAgent.put(txn, agentKey(task, status, n), cover(task));
        }
      }
      txn.commit();
    }
  }

  private ByteBuffer text(String text) {
    return key.clear().put(utf8(text)).flip();
  }

  private ByteBuffer statusKey(Status status, long n) {
    return key.clear().put((byte) status.ordinal()).putLong(n).flip();
  }

  private ByteBuffer agentKey(Task task, Status status, long n) {
    return key.clear()
        .put(utf8(task.agent()))
        .put((byte) 0)
        .put((byte) status.ordinal())
        .put((byte) (TOP - task.priority().ordinal()))
        .putLong(FlatCodec.micros(task.createdAt()))
        .putLong(n)
        .flip();
  }

  /** Due date and tags, so that a walk need not fetch a record to know that it does not match. */
  private ByteBuffer cover(Task task) {
    return value
        .clear()
        .putLong(FlatCodec.micros(task.dueAt()))
        .put(utf8("\n" + String.join("\n", task.tags()) + "\n"))
        .flip();
  }

  @Override
  public List<Task> q1(int limit) {
    List<Task> tasks = new ArrayList<>(limit);
    byte todo = (byte) Status.TODO.ordinal();
    try (Txn<ByteBuffer> txn = env.txnRead();
        Cursor<ByteBuffer> at = byStatus.openCursor(txn)) {
      boolean more = at.get(key.clear().put(todo).flip(), GetOp.MDB_SET_RANGE);
      while (more && tasks.size() < limit && at.key().get(0) == todo) {
        tasks.add(fetch(txn, at.key().getLong(1)));
        more = at.next();
      }
    }
    return tasks;
  }

  @Override
  public List<Task> q2(CompoundQuery query, int limit) {
    byte[] agent = utf8(query.agent());
    byte[] tag = utf8("\n" + query.tag() + "\n");
    long before = FlatCodec.micros(query.dueBefore());
    int lowest = TOP - Priority.HIGH.ordinal();
    List<Task> tasks = new ArrayList<>(limit);
    key.clear().put(agent).put((byte) 0).put((byte) Status.TODO.ordinal()).flip();
    ByteBuffer prefix = ByteBuffer.allocate(key.remaining()).put(key.duplicate()).flip();
    int length = prefix.remaining();
    try (Txn<ByteBuffer> txn = env.txnRead();
        Cursor<ByteBuffer> at = byAgent.openCursor(txn)) {
      boolean more = at.get(key, GetOp.MDB_SET_RANGE);
      while (more && tasks.size() < limit) {
        ByteBuffer found = at.key();
        if (found.remaining() <= length
            || !found.slice(0, length).equals(prefix)
            || found.get(length) > lowest) {
          break;
        }
        ByteBuffer cover = at.val();
        long due = cover.getLong(0);
        if (due != Long.MIN_VALUE && due < before && contains(cover, tag)) {
          tasks.add(fetch(txn, found.getLong(found.remaining() - Long.BYTES)));
        }
        more = at.next();
      }
    }
    return tasks;
  }

  private static boolean contains(ByteBuffer cover, byte[] tag) {
    ByteBuffer wanted = ByteBuffer.wrap(tag);
    for (int from = Long.BYTES; from + tag.length <= cover.limit(); from++) {
      if (cover.get(from + 1) == tag[1] && cover.slice(from, tag.length).equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  private Task fetch(Txn<ByteBuffer> txn, long n) {
    return FlatCodec.decode(records.get(txn, number.clear().putLong(n).flip()));
  }

  @Override
  public Map<Status, Long> countByStatus() {
    long[] counts = new long[Status.values().length];
    try (Txn<ByteBuffer> txn = env.txnRead();
        Cursor<ByteBuffer> at = byStatus.openCursor(txn)) {
      for (boolean more = at.first(); more; more = at.next()) {
        counts[at.key().get(0)]++;
      }
    }
    Map<Status, Long> found = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      if (counts[status.ordinal()] > 0) {
        found.put(status, counts[status.ordinal()]);
      }
    }
    return found;
  }

  @Override
  public void scan(Consumer<Task> action) {
    try (Txn<ByteBuffer> txn = env.txnRead();
        Cursor<ByteBuffer> at = records.openCursor(txn)) {
      for (boolean more = at.first(); more; more = at.next()) {
        action.accept(FlatCodec.decode(at.val()));
      }
    }
  }

  @Override
  public void settle() {
    env.sync(true);
  }

  @Override
  public void close() {
    env.sync(true);
    env.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
