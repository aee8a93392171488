package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.util.Map;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** RocksDB's native library, which its jar unpacks into a folder and loads. */
public final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  private NativeLibrary() {}

  /**
   * Begins to load it in a thread of its own, for who has other things to do before opening a
   * database, which then waits for it. A failure is met again, and told, there.
   */
  public static void loadAhead() {
    Thread thread =
        new Thread(
            () -> {
              try {
                load();
              } catch (StorageException e) {
                LOG.debug("loading RocksDB's library ahead failed; it is tried again", e);
              }
            },
            "quarry-native");
    thread.setDaemon(true);
    thread.start();
  }

  /** Loads it, once a process. */
  static void load() {
    try {
      RocksDB.loadLibrary();
    } catch (RuntimeException e) {
      throw new StorageException(
          "RocksDB's native library cannot be unpacked and loaded; make room in the temporary"
              + " folder, or name another one in ROCKSDB_SHAREDLIB_DIR",
          Map.of("temporaryFolder", System.getProperty("java.io.tmpdir")),
          e);
    }
  }
}
