package dev.quarry.bench.raw;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * A RocksDB with some column families, opened with the options that Quarry gives to its own, but
 * for the hints of its memtables, which are made for its keys. Owns every native handle; nothing
 * may be used after close. Thread-safe as RocksDB is.
 */
public final class RocksFamilies implements AutoCloseable {
  /** The family whose bottom level is compressed with a dictionary. */
  public static final String RECORDS = "records";

  private static final String DICTIONARY =
      "{enabled=true;max_dict_bytes=16384;zstd_max_train_bytes=1638400;"
          + "max_dict_buffer_bytes=3276800}";

  private final List<AutoCloseable> resources = new ArrayList<>();
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private final List<String> names;
  private final RocksDB db;
  private final WriteOptions buffered;
  private final ReadOptions reads;
  private final ReadOptions scans;

  /**
   * Opens, creating what is missing.
   *
   * @param directory an empty directory, or one with the same families
   * @param blockCacheBytes native memory for uncompressed blocks
   * @param writeBufferBytes native memory for memtables
   * @param families their names; {@link #RECORDS} among them
   */
  public RocksFamilies(
      Path directory, long blockCacheBytes, long writeBufferBytes, List<String> families) {
    RocksDB.loadLibrary();
    names = List.copyOf(families);
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
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    descriptors.add(family("default", cache));
    names.forEach(name -> descriptors.add(family(name, cache)));
    try {
      db = RocksDB.open(options, directory.toString(), descriptors, handles);
    } catch (RocksDBException e) {
      closeResources();
      throw new IllegalStateException("cannot open " + directory, e);
    }
  }

  private ColumnFamilyDescriptor family(String name, LRUCache cache) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setIndexType(IndexType.kTwoLevelIndexSearch)
            .setPartitionFilters(true)
            .setPinTopLevelIndexAndFilter(true)
            .setFormatVersion(6)
            .setFilterPolicy(keep(new BloomFilter(10)));
    ColumnFamilyOptions options =
        keep(
            begun(name)
                .setTableFormatConfig(table)
                .setWriteBufferSize(16L << 20)
                .setLevelCompactionDynamicLevelBytes(true)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION));
    return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), options);
  }

  private static ColumnFamilyOptions begun(String name) {
    if (!name.equals(RECORDS)) {
      return new ColumnFamilyOptions();
    }
    Properties properties = new Properties();
    properties.setProperty("bottommost_compression_opts", DICTIONARY);
    ColumnFamilyOptions options = ColumnFamilyOptions.getColumnFamilyOptionsFromProps(properties);
    if (options == null) {
      throw new IllegalStateException("RocksDB does not know one of the options " + properties);
    }
    return options;
  }

  private <R extends AutoCloseable> R keep(R resource) {
    resources.add(resource);
    return resource;
  }

  /** The database. */
  public RocksDB db() {
    return db;
  }

  /** The family of a name that was given. */
  public ColumnFamilyHandle family(String name) {
    return handles.get(names.indexOf(name) + 1);
  }

  /** Writes that reach the log but not the disk before they return. */
  public WriteOptions buffered() {
    return buffered;
  }

  /** Reads through the block cache. */
  public ReadOptions reads() {
    return reads;
  }

  /** Long walks, which leave the block cache alone. */
  public ReadOptions scans() {
    return scans;
  }

  /** Flushes and compacts all. */
  public void compact() {
    try (CompactRangeOptions range =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      flush();
      for (ColumnFamilyHandle handle : handles) {
        db.compactRange(handle, null, null, range);
      }
    } catch (RocksDBException e) {
      throw new IllegalStateException("compact", e);
    }
  }

  private void flush() throws RocksDBException {
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      db.flush(flush, handles);
    }
  }

  /** Flushes, so that the next opening replays no log, and frees all. */
  @Override
  public void close() {
    try {
      flush();
    } catch (RocksDBException e) {
      throw new IllegalStateException("flush", e);
    } finally {
      handles.forEach(ColumnFamilyHandle::close);
      db.close();
      closeResources();
    }
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
