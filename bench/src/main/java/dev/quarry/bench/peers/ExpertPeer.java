package dev.quarry.bench.peers;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.raw.RocksFamilies;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * What a good engineer writes by hand in a day: records by ordinal, ids, and four ordered index
 * families, all in one WriteBatch. by_status (status, ordinal) answers Q1 and the counts; by_agent
 * (agent, status, priority from the top, createdAt, ordinal) lies in the order of Q2 and carries
 * due date and tags, so that a walk along it fetches only tasks of the answer; by_tag and by_due
 * serve the queries that start from those. A change of status patches the record's bytes.
 */
final class ExpertPeer implements Peer {
  static final long WRITE_BUFFER_BYTES = 64L << 20;

  private static final String IDS = "ids";
  private static final String BY_STATUS = "by_status";
  private static final String BY_AGENT = "by_agent";
  private static final String BY_TAG = "by_tag";
  private static final String BY_DUE = "by_due";
  private static final byte[] EMPTY = {};
  private static final int TOP = Priority.values().length - 1;

  private final RocksFamilies families;
  private final RocksDB db;
  private final ColumnFamilyHandle records;
  private final ColumnFamilyHandle ids;
  private final ColumnFamilyHandle byStatus;
  private final ColumnFamilyHandle byAgent;
  private final ColumnFamilyHandle byTag;
  private final ColumnFamilyHandle byDue;
  private final ReadOptions reads;
  private final Instant now;
  private long nextOrdinal;

  ExpertPeer(Settings settings) {
    now = settings.now();
    families =
        new RocksFamilies(
            settings.directory(),
            settings.cacheBytes(),
            WRITE_BUFFER_BYTES,
            List.of(RocksFamilies.RECORDS, IDS, BY_STATUS, BY_AGENT, BY_TAG, BY_DUE));
    db = families.db();
    records = families.family(RocksFamilies.RECORDS);
    ids = families.family(IDS);
    byStatus = families.family(BY_STATUS);
    byAgent = families.family(BY_AGENT);
    byTag = families.family(BY_TAG);
    byDue = families.family(BY_DUE);
    reads = families.reads();
    try (RocksIterator last = db.newIterator(records, reads)) {
      last.seekToLast();
      nextOrdinal = last.isValid() ? ByteBuffer.wrap(last.key()).getLong() + 1 : 0;
      last.status();
    } catch (RocksDBException e) {
      throw failed("open", e);
    }
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.QUERIES, Ability.STATUS_OF, Ability.CONCURRENT_READS);
  }

  @Override
  public Task get(String id) {
    byte[] record = record(id);
    return record == null ? null : FlatCodec.decode(record);
  }

  private byte[] record(String id) {
    try {
      byte[] ordinal = db.get(ids, reads, utf8(id));
      return ordinal == null ? null : db.get(records, reads, ordinal);
    } catch (RocksDBException e) {
      throw failed("get", e);
    }
  }

  @Override
  public Status statusOf(String id) {
    byte[] record = record(id);
    return record == null ? null : FlatCodec.status(record);
  }

  @Override
  public void insert(Task task) {
    insertAll(List.of(task));
  }

  @Override
  public void insertAll(List<Task> tasks) {
    try (WriteBatch batch = new WriteBatch()) {
      for (Task task : tasks) {
        byte[] id = utf8(task.id());
        if (db.get(ids, reads, id) != null) {
          throw new IllegalArgumentException("duplicate id " + task.id());
        }
        long ordinal = nextOrdinal++;
        byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(ordinal).array();
        batch.put(ids, id, key);
        batch.put(records, key, FlatCodec.encode(task));
        batch.put(byStatus, statusKey(task.status(), ordinal), EMPTY);
        if (task.agent() != null) {
          batch.put(byAgent, agentKey(task, task.status(), ordinal), cover(task));
        }
        for (String tag : task.tags()) {
          byte[] name = utf8(tag);
          batch.put(
              byTag,
              ByteBuffer.allocate(name.length + 1 + Long.BYTES)
                  .put(name)
                  .put((byte) 0)
                  .putLong(ordinal)
                  .array(),
              EMPTY);
        }
        if (task.dueAt() != null) {
          batch.put(
              byDue,
              ByteBuffer.allocate(2 * Long.BYTES)
                  .putLong(FlatCodec.micros(task.dueAt()))
                  .putLong(ordinal)
                  .array(),
              EMPTY);
        }
      }
      db.write(families.buffered(), batch);
    } catch (RocksDBException e) {
      throw failed("insert", e);
    }
  }

  @Override
  public void setStatus(List<String> changedIds, Status status) {
    try (WriteBatch batch = new WriteBatch()) {
      for (String id : changedIds) {
        byte[] key = db.get(ids, reads, utf8(id));
        if (key == null) {
          throw new IllegalArgumentException("no task has the id " + id);
        }
        byte[] record = db.get(records, reads, key);
        Status before = FlatCodec.status(record);
        if (before == status) {
          continue;
        }
        long ordinal = ByteBuffer.wrap(key).getLong();
        batch.put(records, key, FlatCodec.withStatus(record, status, now));
        batch.delete(byStatus, statusKey(before, ordinal));
        batch.put(byStatus, statusKey(status, ordinal), EMPTY);
        Task task = FlatCodec.decode(record);
        if (task.agent() != null) {
          batch.delete(byAgent, agentKey(task, before, ordinal));
          batch.put(byAgent, agentKey(task, status, ordinal), cover(task));
        }
      }
      db.write(families.buffered(), batch);
    } catch (RocksDBException e) {
      throw failed("set status", e);
    }
  }

  private static byte[] statusKey(Status status, long ordinal) {
    return ByteBuffer.allocate(1 + Long.BYTES)
        .put((byte) status.ordinal())
        .putLong(ordinal)
        .array();
  }

  private static byte[] agentKey(Task task, Status status, long ordinal) {
    byte[] agent = utf8(task.agent());
    return ByteBuffer.allocate(agent.length + 3 + 2 * Long.BYTES)
        .put(agent)
        .put((byte) 0)
        .put((byte) status.ordinal())
        .put((byte) (TOP - task.priority().ordinal()))
        .putLong(FlatCodec.micros(task.createdAt()))
        .putLong(ordinal)
        .array();
  }

  /** Due date and tags, so that a walk need not fetch a record to know that it does not match. */
  private static byte[] cover(Task task) {
    byte[] tags = utf8("\n" + String.join("\n", task.tags()) + "\n");
    return ByteBuffer.allocate(Long.BYTES + tags.length)
        .putLong(FlatCodec.micros(task.dueAt()))
        .put(tags)
        .array();
  }

  @Override
  public List<Task> q1(int limit) {
    List<Task> tasks = new ArrayList<>(limit);
    byte[] prefix = {(byte) Status.TODO.ordinal()};
    try (RocksIterator at = db.newIterator(byStatus, reads)) {
      for (at.seek(prefix); at.isValid() && tasks.size() < limit; at.next()) {
        byte[] key = at.key();
        if (key[0] != prefix[0]) {
          break;
        }
        tasks.add(FlatCodec.decode(db.get(records, reads, Arrays.copyOfRange(key, 1, 9))));
      }
      at.status();
      return tasks;
    } catch (RocksDBException e) {
      throw failed("q1", e);
    }
  }

  @Override
  public List<Task> q2(CompoundQuery query, int limit) {
    byte[] agent = utf8(query.agent());
    int length = agent.length + 2;
    byte[] prefix =
        ByteBuffer.allocate(length)
            .put(agent)
            .put((byte) 0)
            .put((byte) Status.TODO.ordinal())
            .array();
    byte lowest = (byte) (TOP - Priority.HIGH.ordinal());
    long before = FlatCodec.micros(query.dueBefore());
    byte[] tag = utf8("\n" + query.tag() + "\n");
    List<Task> tasks = new ArrayList<>(limit);
    try (RocksIterator at = db.newIterator(byAgent, reads)) {
      for (at.seek(prefix); at.isValid() && tasks.size() < limit; at.next()) {
        byte[] key = at.key();
        if (!Arrays.equals(key, 0, Math.min(length, key.length), prefix, 0, length)
            || key[length] > lowest) {
          break;
        }
        byte[] cover = at.value();
        long due = ByteBuffer.wrap(cover).getLong();
        if (due != Long.MIN_VALUE && due < before && contains(cover, tag)) {
          byte[] ordinal = Arrays.copyOfRange(key, key.length - Long.BYTES, key.length);
          tasks.add(FlatCodec.decode(db.get(records, reads, ordinal)));
        }
      }
      at.status();
      return tasks;
    } catch (RocksDBException e) {
      throw failed("q2", e);
    }
  }

  private static boolean contains(byte[] cover, byte[] tag) {
    for (int from = Long.BYTES; from + tag.length <= cover.length; from++) {
      if (Arrays.equals(cover, from, from + tag.length, tag, 0, tag.length)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Map<Status, Long> countByStatus() {
    long[] counts = new long[Status.values().length];
    try (RocksIterator at = db.newIterator(byStatus, families.scans())) {
      for (at.seekToFirst(); at.isValid(); at.next()) {
        counts[at.key()[0]]++;
      }
      at.status();
    } catch (RocksDBException e) {
      throw failed("count", e);
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
    try (RocksIterator at = db.newIterator(records, families.scans())) {
      for (at.seekToFirst(); at.isValid(); at.next()) {
        action.accept(FlatCodec.decode(at.value()));
      }
      at.status();
    } catch (RocksDBException e) {
      throw failed("scan", e);
    }
  }

  @Override
  public void settle() {
    families.compact();
  }

  @Override
  public void close() {
    families.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static IllegalStateException failed(String what, RocksDBException cause) {
    return new IllegalStateException(what, cause);
  }
}
