package dev.quarry.internal.storage;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** What a database holds outside the heap, and what it may hold. Thread-safe where not said. */
public final class NativeMemory {
  private final RocksDB db;
  private final List<ColumnFamilyHandle> families;
  private final BlockCache blocks;

  NativeMemory(RocksDB db, Collection<ColumnFamilyHandle> families, BlockCache blocks) {
    this.db = db;
    this.families = List.copyOf(families);
    this.blocks = blocks;
  }

  /** Bytes of memtables, also of those that wait for their flush or are read. */
  public long memtableBytes() {
    return sum("rocksdb.size-all-mem-tables");
  }

  /** Bytes of open files beside the block cache, as RocksDB estimates them. */
  public long tableBytes() {
    return sum("rocksdb.estimate-table-readers-mem");
  }

  /** Bytes of uncompressed blocks. */
  public long blockBytes() {
    return blocks.usage();
  }

  /** Of these, bytes that no eviction frees. */
  public long pinnedBytes() {
    return blocks.pinned();
  }

  /** Leaves uncompressed blocks about so many bytes. One thread at a time; not beside close. */
  public void limitBlocks(long bytes) {
    blocks.limit(bytes);
  }

  /** How often flushes and compactions have slowed writes down since the opening; -1 if unknown. */
  long delays() {
    return stalls("total-delays");
  }

  /** How often they have stopped them. */
  long stops() {
    return stalls("total-stops");
  }

  private long stalls(String count) {
    long sum = 0;
    try {
      for (ColumnFamilyHandle family : families) {
        Map<String, String> counts = db.getMapProperty(family, "rocksdb.cf-write-stall-stats");
        sum += Long.parseLong(counts.getOrDefault(count, "0"));
      }
    } catch (RocksDBException | NumberFormatException e) {
      return -1; // asked for behind a write that succeeded, which this must not make fail
    }
    return sum;
  }

  private long sum(String property) {
    try {
      return db.getAggregatedLongProperty(property);
    } catch (RocksDBException e) {
      throw StorageErrors.map("read property " + property, e);
    }
  }
}
