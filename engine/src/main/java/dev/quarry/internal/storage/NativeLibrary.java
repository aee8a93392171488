package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.util.Map;
import org.rocksdb.RocksDB;

/** RocksDB's native library, which its jar unpacks into a folder and loads. */
final class NativeLibrary {
  private NativeLibrary() {}

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
