package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How a secondary reads files that their writer replaces and removes meanwhile. */
final class BesideWriter {
  private static final int MOST_ATTEMPTS = 100;

  private BesideWriter() {}

  /**
   * Reads the manifest again where a file is missing: the writer may have replaced it since. One
   * that is missing by the next manifest too is lost.
   */
  static <R> R read(Supplier<R> reading) {
    String before = "";
    for (int attempt = 1; ; attempt++) {
      try {
        return reading.get();
      } catch (CorruptionException e) {
        String missing = StorageErrors.missing(e);
        if (missing == null || missing.equals(before) || attempt == MOST_ATTEMPTS) {
          throw e;
        }
        before = missing;
      }
    }
  }

  /**
   * Takes over what the writer has done, so that all is of one moment. RocksDB reads the manifest,
   * then the logs, and passes over a log that was removed without a word: what was flushed out of
   * it in between is in tables that only the next manifest names, so that commits would be missing
   * amid others; and what it had read of it hides what is newer in the tables (rocksdb#14444). So
   * once a log has gone the database is opened anew. Logs go oldest first, so that none that came
   * meanwhile has gone before these.
   *
   * @param followed the logs that were there when this was called last
   * @return those that are to be given to the next call
   */
  static List<Path> follow(Path folder, List<Path> followed, Runnable catchUp, Runnable reopen) {
    boolean goesOn = areThere(followed);
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      List<Path> logs = DataFiles.logs(folder);
      Runnable step = goesOn ? catchUp : reopen;
      read(
          () -> {
            step.run();
            return null;
          });
      if (areThere(logs) && (!goesOn || areThere(followed))) {
        return logs;
      }
      goesOn = false;
    }
    throw new StorageException(
        "the writer removes its logs faster than this reader can follow; retry",
        Map.of("directory", folder, "attempts", MOST_ATTEMPTS),
        null,
        true);
  }

  /** Whether none of these files has gone. */
  static boolean areThere(List<Path> files) {
    return files.stream().allMatch(Files::exists);
  }
}
