package dev.quarry.bench.raw;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB with two column families, id to ordinal and ordinal to record, opened with the options
 * that Quarry gives to its own. It does the key-value work that no task store on RocksDB can leave
 * out, and nothing else. Reads are thread-safe; one thread at a time writes.
 */
public final class RawStore implements AutoCloseable {
  private static final String IDS = "ids";

  private final RocksFamilies families;
  private final RocksDB db;
  private final ColumnFamilyHandle records;
  private final ColumnFamilyHandle ids;
  private final WriteOptions buffered;
  private final ReadOptions reads;
  private final ReadOptions scans;
  private long nextOrdinal;

  /**
   * Opens a store, creating it where there is none.
   *
   * @param directory an empty directory, or one that a store closed before
   * @param blockCacheBytes native memory for uncompressed blocks
   * @param writeBufferBytes native memory for memtables
   */
  public RawStore(Path directory, long blockCacheBytes, long writeBufferBytes) {
    families =
        new RocksFamilies(
            directory, blockCacheBytes, writeBufferBytes, List.of(RocksFamilies.RECORDS, IDS));
    db = families.db();
    records = families.family(RocksFamilies.RECORDS);
    ids = families.family(IDS);
    buffered = families.buffered();
    reads = families.reads();
    scans = families.scans();
    try (RocksIterator last = db.newIterator(records, reads)) {
      last.seekToLast();
      nextOrdinal = last.isValid() ? ByteBuffer.wrap(last.key()).getLong() + 1 : 0;
      last.status();
    } catch (RocksDBException e) {
      families.close();
      throw new IllegalStateException("cannot open " + directory, e);
    }
  }

  /** The record of an id, or null: two point reads. */
  public byte[] get(String id) {
    try {
      byte[] ordinal = db.get(ids, reads, id.getBytes(StandardCharsets.UTF_8));
      return ordinal == null ? null : db.get(records, reads, ordinal);
    } catch (RocksDBException e) {
      throw new IllegalStateException("get", e);
    }
  }

  /** The records of ids that are there, in their order: two reads of many keys. */
  public List<byte[]> getAll(List<String> of) {
    try {
      List<byte[]> keys = of.stream().map(id -> id.getBytes(StandardCharsets.UTF_8)).toList();
      List<byte[]> ordinals = db.multiGetAsList(reads, Collections.nCopies(keys.size(), ids), keys);
      return db.multiGetAsList(reads, Collections.nCopies(keys.size(), records), ordinals);
    } catch (RocksDBException e) {
      throw new IllegalStateException("get", e);
    }
  }

  /** The record of an ordinal, or null: one point read. */
  public byte[] get(long ordinal) {
    try {
      return db.get(records, reads, key(ordinal));
    } catch (RocksDBException e) {
      throw new IllegalStateException("get", e);
    }
  }

  /** Adds one record: one look-up of the id, one batch of two keys. */
  public void insert(String id, byte[] record) {
    insertAll(List.of(id), List.of(record));
  }

  /** Adds records in one batch, after looking up each id. Ordinals rise by one. */
  public void insertAll(List<String> newIds, List<byte[]> newRecords) {
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < newIds.size(); i++) {
        byte[] id = newIds.get(i).getBytes(StandardCharsets.UTF_8);
        if (db.get(ids, reads, id) != null) {
          throw new IllegalArgumentException("duplicate id " + newIds.get(i));
        }
        byte[] ordinal = key(nextOrdinal++);
        batch.put(ids, id, ordinal);
        batch.put(records, ordinal, newRecords.get(i));
      }
      db.write(buffered, batch);
    } catch (RocksDBException e) {
      throw new IllegalStateException("insert", e);
    }
  }

  /** Replaces the records of ordinals in one batch. */
  public void putAll(long[] ordinals, List<byte[]> newRecords) {
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < ordinals.length; i++) {
        batch.put(records, key(ordinals[i]), newRecords.get(i));
      }
      db.write(buffered, batch);
    } catch (RocksDBException e) {
      throw new IllegalStateException("put", e);
    }
  }

  /** The ordinal of an id: one point read. */
  public long ordinal(String id) {
    try {
      byte[] ordinal = db.get(ids, reads, id.getBytes(StandardCharsets.UTF_8));
      return ordinal == null ? -1 : ByteBuffer.wrap(ordinal).getLong();
    } catch (RocksDBException e) {
      throw new IllegalStateException("get", e);
    }
  }

  /** Feeds every record to {@code action}, in order of ordinals. */
  public void scan(Consumer<byte[]> action) {
    try (RocksIterator iterator = db.newIterator(records, scans)) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        action.accept(iterator.value());
      }
      iterator.status();
    } catch (RocksDBException e) {
      throw new IllegalStateException("scan", e);
    }
  }

  /** Flushes and compacts all. */
  public void compact() {
    families.compact();
  }

  private static byte[] key(long ordinal) {
    return ByteBuffer.allocate(Long.BYTES).putLong(ordinal).array();
  }

  @Override
  public void close() {
    families.close();
  }
}
