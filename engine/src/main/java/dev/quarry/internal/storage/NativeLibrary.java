package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import dev.quarry.internal.lifecycle.Interrupts;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/** RocksDB's native library, which its jar unpacks into a folder and loads. */
public final class NativeLibrary {
  private static final Path OWN_MAPPINGS = Path.of("/proc/self/maps");

  private NativeLibrary() {}

  /**
   * Begins to load it in a thread of its own, for who has other things to do before a database is
   * opened. To be waited for, by asking for the result, before that: RocksDB would take the end of
   * another thread's attempt for its success.
   */
  public static Supplier<Void> loadAhead() {
    return Interrupts.begun(
        "quarry-native",
        () -> {
          load();
          return null;
        });
  }

  /** Loads it, once a process. */
  static void load() {
    try {
      tellLibc(OWN_MAPPINGS);
      RocksDB.loadLibrary();
    } catch (RuntimeException | UnsatisfiedLinkError e) { // or mounted without execution
      throw new StorageException(
          "RocksDB's native library cannot be unpacked and loaded; make room in the temporary"
              + " folder, or name another one in ROCKSDB_SHAREDLIB_DIR",
          Map.of("temporaryFolder", System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  /**
   * Tells RocksDB which C library this process has, where its mappings show that. It would start a
   * shell to find out, which takes longer than opening a database.
   */
  private static void tellLibc(Path mappings) {
    Boolean musl = System.getenv("ROCKSDB_MUSL_LIBC") == null ? isMusl(mappings) : null;
    if (musl != null) {
      try {
        Field known = Environment.class.getDeclaredField("MUSL_LIBC");
        known.setAccessible(true);
        known.set(null, musl);
      } catch (ReflectiveOperationException e) {
        return; // another release keeps it elsewhere: then it finds out by itself
      }
    }
  }

  /** Whether the C library is musl; null where that cannot be told. */
  static Boolean isMusl(Path mappings) {
    try {
      String mapped = Files.readString(mappings, StandardCharsets.ISO_8859_1);
      if (mapped.contains("/ld-musl-")) {
        return true;
      }
      return mapped.contains("/libc.so.6") ? Boolean.FALSE : null;
    } catch (IOException e) {
      return null; // not Linux
    }
  }
}
