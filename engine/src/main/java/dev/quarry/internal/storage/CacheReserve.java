package dev.quarry.internal.storage;

import dev.quarry.TaskStoreException;
import org.rocksdb.Cache;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksMemEnv;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * Room in a block cache that blocks cannot have.
 *
 * <p>RocksDB's Java interface cannot change a cache's capacity. But it can charge a cache for
 * memtables, by whole pieces of a memtable's arena, and evicts blocks for that. So the reserve is a
 * database in memory whose one memtable has one piece, of the wanted size, with next to nothing in
 * it: the piece's pages are never touched and take no memory. It has no log, no file and no work to
 * do.
 */
final class CacheReserve implements AutoCloseable {
  /** RocksDB makes no larger pieces than of 2 GiB. */
  static final long MOST_BYTES = 1L << 30;

  /** What a cache is charged in. */
  static final long CHARGE_BYTES = 256 << 10;

  /** The arena begins with a piece of 2 KiB; what is larger opens a new one. */
  private static final int BEHIND_FIRST_PIECE = 8 << 10;

  private static final long NEVER_FULL = 64L << 30;

  private final Env env = new RocksMemEnv(Env.getDefault());
  private final WriteBufferManager charging;
  private final Options options;
  private final RocksDB db;
  private final long bytes;

  /** Reserves so many bytes, rounded up, at most {@link #MOST_BYTES}. */
  CacheReserve(Cache cache, long bytes) {
    long pieces = Math.max(2, (Math.min(bytes, MOST_BYTES) + CHARGE_BYTES - 1) / CHARGE_BYTES);
    this.bytes = (pieces + 1) * CHARGE_BYTES; // and one for the arena's beginning
    charging = new WriteBufferManager(0, cache);
    options =
        new Options()
            .setCreateIfMissing(true)
            .setEnv(env)
            .setWriteBufferManager(charging)
            .setArenaBlockSize(pieces * CHARGE_BYTES)
            .setWriteBufferSize(NEVER_FULL)
            .setAvoidFlushDuringShutdown(
                true) // it has no log: a close would wait for flush threads
            .setInfoLogLevel(InfoLogLevel.FATAL_LEVEL)
            .setStatsDumpPeriodSec(0)
            .setStatsPersistPeriodSec(0);
    RocksDB opened = null;
    try (WriteOptions unlogged = new WriteOptions().setDisableWAL(true)) {
      opened = RocksDB.open(options, "/reserve"); // in memory; no such folder is made
      opened.put(unlogged, new byte[1], new byte[BEHIND_FIRST_PIECE]);
    } catch (RocksDBException e) {
      TaskStoreException mapped = StorageErrors.map("reserve room in the block cache", e);
      release(opened);
      throw mapped;
    }
    db = opened;
  }

  /** What the cache is charged for it. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    release(db);
  }

  private void release(RocksDB opened) {
    if (opened != null) {
      opened.close();
    }
    options.close();
    charging.close();
    env.close();
  }
}
