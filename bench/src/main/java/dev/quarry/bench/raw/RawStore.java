package dev.quarry.bench.raw;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
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
  private static final int DICTIONARY_BYTES = 16 << 10;

  private final List<AutoCloseable> resources = new ArrayList<>();
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private final RocksDB db;
  private final ColumnFamilyHandle records;
  private final ColumnFamilyHandle ids;
  private final WriteOptions buffered;
  private final ReadOptions reads;
  private final ReadOptions scans;
  private long nextOrdinal;

  /**
   * Creates a store.
   *
   * @param directory an empty directory
   * @param blockCacheBytes native memory for uncompressed blocks
   * @param writeBufferBytes native memory for memtables
   */
  public RawStore(Path directory, long blockCacheBytes, long writeBufferBytes) {
    RocksDB.loadLibrary();
    buffered = keep(new WriteOptions());
    reads = keep(new ReadOptions());
    scans = keep(new ReadOptions().setFillCache(false).setReadaheadSize(1 << 20));
    LRUCache cache = keep(new LRUCache(blockCacheBytes));
    DBOptions options =
        keep(
            new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setDbWriteBufferSize(writeBufferBytes)
                .setMaxTotalWalSize(Math.max(64L << 20, writeBufferBytes * 2))
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(1_000)
                .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
                .setKeepLogFileNum(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setAvoidUnnecessaryBlockingIO(true));
    try {
      db =
          RocksDB.open(
              options,
              directory.toString(),
              List.of(
                  family("default", cache, false),
                  family("records", cache, true),
                  family("ids", cache, false)),
              handles);
    } catch (RocksDBException e) {
      closeResources();
      throw new IllegalStateException("cannot open " + directory, e);
    }
    records = handles.get(1);
    ids = handles.get(2);
  }

  private ColumnFamilyDescriptor family(String name, LRUCache cache, boolean dictionary) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFormatVersion(6)
            .setFilterPolicy(keep(new BloomFilter(10)));
    ColumnFamilyOptions options =
        keep(
            new ColumnFamilyOptions()
                .setTableFormatConfig(table)
                .setWriteBufferSize(16L << 20)
                .setLevelCompactionDynamicLevelBytes(true)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION));
    if (dictionary) {
      options.setBottommostCompressionOptions(
          keep(
              new CompressionOptions()
                  .setEnabled(true)
                  .setMaxDictBytes(DICTIONARY_BYTES)
                  .setZStdMaxTrainBytes(100 * DICTIONARY_BYTES)));
    }
    return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), options);
  }

  private <R extends AutoCloseable> R keep(R resource) {
    resources.add(resource);
    return resource;
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
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true);
        CompactRangeOptions range =
            new CompactRangeOptions()
                .setBottommostLevelCompaction(
                    CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      db.flush(flush, handles);
      for (ColumnFamilyHandle handle : handles) {
        db.compactRange(handle, null, null, range);
      }
    } catch (RocksDBException e) {
      throw new IllegalStateException("compact", e);
    }
  }

  private static byte[] key(long ordinal) {
    return ByteBuffer.allocate(Long.BYTES).putLong(ordinal).array();
  }

  @Override
  public void close() {
    handles.forEach(ColumnFamilyHandle::close);
    db.close();
    closeResources();
  }

  private void closeResources() {
    for (int i = resources.size() - 1; i >= 0; i--) {
      try {
        resources.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException("close", e);
      }
    }
  }
}
