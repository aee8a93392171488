package dev.quarry.internal.storage;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.IndexType;

/** How RocksDB keeps each family. */
final class FamilyOptions {
  private static final int DICTIONARY_BYTES = 16 << 10;
  private static final int TRAINING_BYTES = 100 * DICTIONARY_BYTES;

  /**
   * The training takes its samples from what a file holds first. Without that bound RocksDB keeps
   * the whole file in memory until it ends, uncompressed, and the C library keeps that memory.
   */
  private static final String DICTIONARY =
      "{enabled=true;max_dict_bytes="
          + DICTIONARY_BYTES
          + ";zstd_max_train_bytes="
          + TRAINING_BYTES
          + ";max_dict_buffer_bytes="
          + 2 * TRAINING_BYTES
          + "}";

  /** Families that are asked for single keys, often absent ones. */
  private static final Set<Family> FILTERED =
      EnumSet.of(
          Family.RECORDS, Family.IDS, Family.LINKS, Family.WAITS, Family.CLAIMS, Family.ARCHIVE);

  private static final Set<Family> WITH_DICTIONARY =
      EnumSet.of(Family.RECORDS, Family.CHANGES, Family.HISTORY, Family.ARCHIVE);

  /**
   * Families whose memtable keeps a hint for each beginning of so many bytes, which all its keys
   * have: for the ordered indexes their number and what comes first in them.
   */
  private static final Map<Family, Integer> HINTED =
      Map.of(
          Family.META, 1,
          Family.RECORDS, 1,
          Family.IDS, 1,
          Family.ORDERED, 8,
          Family.HISTORY, 1,
          Family.LINKS, Short.BYTES,
          Family.WAITS, 1);

  private FamilyOptions() {}

  /** The options of a family; what they hold beside themselves is added to the resources. */
  static ColumnFamilyOptions of(
      Family family, StorageOptions options, Cache cache, List<AutoCloseable> resources) {
    Compression compression = options.compression();
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            // whole, the filter of a file of a million small entries is larger than a shard of the
            // cache: it is never kept, and each read brings and checks it anew
            .setIndexType(IndexType.kTwoLevelIndexSearch)
            .setPartitionFilters(true)
            .setPinTopLevelIndexAndFilter(true)
            .setFormatVersion(6);
    if (FILTERED.contains(family)) {
      BloomFilter filter = new BloomFilter(10);
      resources.add(filter);
      table.setFilterPolicy(filter);
    }
    return fromProperties(family, compression)
        .setTableFormatConfig(table)
        // a quarter of all, so that a larger bound is of use to the one family that fills up
        .setWriteBufferSize(Math.max(16L << 20, options.writeBufferBytes() / 4))
        .setLevelCompactionDynamicLevelBytes(true)
        .setCompressionType(compression.upper)
        .setBottommostCompressionType(compression.last);
  }

  /** Begins with what the Java interface has no setter for. */
  private static ColumnFamilyOptions fromProperties(Family family, Compression compression) {
    Properties properties = new Properties();
    Integer prefix = HINTED.get(family);
    if (prefix != null) {
      // a hint where the last key of the same beginning went: in a sorted batch the next goes near
      properties.setProperty("memtable_insert_with_hint_prefix_extractor", "fixed:" + prefix);
    }
    if (compression.dictionary && WITH_DICTIONARY.contains(family)) {
      // the dictionary takes a quarter off records of less than a block's size (LIMITS: 353 to 275)
      properties.setProperty("bottommost_compression_opts", DICTIONARY);
    }
    if (properties.isEmpty()) {
      return new ColumnFamilyOptions();
    }
    ColumnFamilyOptions options = ColumnFamilyOptions.getColumnFamilyOptionsFromProps(properties);
    if (options == null) {
      throw new IllegalStateException("RocksDB does not know one of the options " + properties);
    }
    return options;
  }
}
