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
 * @param oversizedTasks tasks that were found so large that no commit can claim them or end their
 *     lease; claims pass them over until they are made smaller
 * @param memory what is governed by the memory limit
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
    int openSnapshots,
    int oversizedTasks,
    Memory memory) {

  /**
   * Record cache.
   *
   * @param hits look-ups answered
   * @param misses look-ups not answered
   * @param hitRate hits / look-ups, absent before the first look-up
   * @param entries records held
   * @param bytes weight of the records held
   * @param maximumBytes present bound of the weight; 0 when the cache is off
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

  /**
   * The memory that the store's own limit is about, in bytes. What queries return, the JVM itself
   * and what the C library keeps for later are not in it.
   *
   * @param limitBytes {@link TaskStoreOptions#memoryLimitBytes}; 0 where there is none, as in a
   *     store opened read-only
   * @param recordCacheBytes heap of the record cache
   * @param indexBytes off-heap index, which cannot shrink
   * @param blockCacheBytes native memory of uncompressed blocks
   * @param pinnedBytes of these, what is in use and cannot be evicted
   * @param memtableBytes native memory of memtables, also of those that are being flushed
   * @param tableBytes native memory of open files beside the blocks, as RocksDB estimates it
   * @param pressures how often the sum was found over the limit since the store was opened
   * @param fits whether what cannot shrink left room below the limit when that was last looked at
   */
  public record Memory(
      long limitBytes,
      long recordCacheBytes,
      long indexBytes,
      long blockCacheBytes,
      long pinnedBytes,
      long memtableBytes,
      long tableBytes,
      long pressures,
      boolean fits) {
    /** All parts together; the pinned bytes are among the block cache's. */
    public long sumBytes() {
      return recordCacheBytes + indexBytes + blockCacheBytes + memtableBytes + tableBytes;
    }
  }
}
