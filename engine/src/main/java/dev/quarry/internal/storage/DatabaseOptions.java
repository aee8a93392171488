package dev.quarry.internal.storage;

import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;

/** Options of the database as a whole. */
final class DatabaseOptions {
  private DatabaseOptions() {}

  static DBOptions of(StorageOptions options, boolean secondary) {
    return new DBOptions()
        .setCreateIfMissing(options.create())
        .setCreateMissingColumnFamilies(!secondary)
        .setDbWriteBufferSize(options.writeBufferBytes())
        .setMaxTotalWalSize(Math.max(64L << 20, options.writeBufferBytes() * 2))
        .setMaxBackgroundJobs(2)
        .setMaxOpenFiles(secondary ? -1 : OpenFiles.forTables())
        .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setAvoidUnnecessaryBlockingIO(true);
  }
}
