package dev.quarry.internal.storage;

import java.nio.file.Path;
import org.rocksdb.Options;
import org.rocksdb.PerfLevel;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Counts the deleted keys that the walks of this thread step over, in whichever database: RocksDB
 * keeps that number for each thread, and gives it out through any database, here an empty one.
 */
public final class SkippedKeys implements AutoCloseable {
  private final Options options = new Options().setCreateIfMissing(true);
  private final RocksDB any;

  /** A counter; the directory is for its own use. */
  public SkippedKeys(Path directory) throws RocksDBException {
    NativeLibrary.load();
    any = RocksDB.open(options, directory.toString());
    any.setPerfLevel(PerfLevel.ENABLE_COUNT);
  }

  /** How many so far. */
  public long count() {
    return any.getPerfContext().getInternalDeleteSkippedCount();
  }

  @Override
  public void close() {
    any.setPerfLevel(PerfLevel.DISABLE);
    any.close();
    options.close();
  }
}
