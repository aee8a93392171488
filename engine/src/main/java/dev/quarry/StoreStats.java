package dev.quarry;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The store in numbers; a consistent view is not promised between the parts.
 *
 * @param tasks tasks in the store
 * @param sequence last commit
 * @param nextOrdinal the ordinal that the next new task gets
 * @param cache record cache
 * @param index off-heap index
 * @param families column families
 * @param diskBytes bytes of all files in the store's directory
 * @param blockCacheBytes native memory that uncompressed blocks take at present
 * @param openCursors cursors not yet closed
 * @param openSnapshots snapshots not yet closed
 */
public record StoreStats(
    long tasks,
    long sequence,
    long nextOrdinal,
    Cache cache,
    Index index,
    List<Family> families,
    long diskBytes,
    long blockCacheBytes,
    int openCursors,
    int openSnapshots) {

  /**
   * Record cache.
   *
   * @param hits look-ups answered
   * @param misses look-ups not answered
   * @param hitRate hits / look-ups, absent before the first look-up
   * @param entries records held
   * @param bytes weight of the records held
   * @param maximumBytes bound of the weight; 0 when the cache is off
   */
  public record Cache(
      long hits,
      long misses,
      OptionalDouble hitRate,
      long entries,
      long bytes,
      long maximumBytes) {}

  /**
   * Off-heap index.
   *
   * @param terms terms with at least one task
   * @param containers posting containers
   * @param rows projection rows
   * @param bytes memory in use
   * @param watermark sequence that it reflects
   */
  public record Index(long terms, long containers, long rows, long bytes, long watermark) {}

  /**
   * A column family.
   *
   * @param name its name
   * @param keys RocksDB's estimate of the number of keys
   * @param sstBytes bytes of live SST files
   * @param memtableBytes bytes in memtables
   * @param tableBytes native memory of open SST files beside the block cache, as RocksDB estimates
   * @param files live SST files
   */
  public record Family(
      String name, long keys, long sstBytes, long memtableBytes, long tableBytes, int files) {}
}
