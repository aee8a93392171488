package dev.quarry.internal.storage;

import dev.quarry.LimitExceededException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The files that this process may still open, as Linux tells; elsewhere there is no limit here. One
 * that runs out of them in the middle of an opening cannot even load the class of its error.
 */
public final class OpenFiles {
  /** A small store has some 20 open; the jars open, of which no class was needed yet, are more. */
  private static final int LEAST = 80;

  private static final int MOST_TABLES = 1_000;

  /** What RocksDB takes for the least, too. */
  private static final int LEAST_TABLES = 20;

  /** The key of the context under which {@value #LEAST} stands. */
  private static final String NEEDED = "needed";

  private static final File OPEN = new File("/proc/self/fd");
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String LIMIT = "Max open files";

  private OpenFiles() {}

  /** Refuses to begin what would run out of files on the way. */
  public static void checkRoom() {
    long left = left();
    if (left < LEAST) {
      throw new LimitExceededException(
          "this process may open too few more files for a store; raise its limit (ulimit -n), or"
              + " close some",
          Map.of("left", left, NEEDED, LEAST));
    }
  }

  /** How many tables RocksDB may hold open: half of what is left, since others open files too. */
  static int forTables() {
    return (int) Math.max(LEAST_TABLES, Math.min(MOST_TABLES, (left() - LEAST) / 2));
  }

  /** How many more files may be opened; without end where nobody tells. */
  private static long left() {
    try {
      for (String line : Files.readAllLines(LIMITS)) {
        if (line.startsWith(LIMIT)) {
          String soft = line.substring(LIMIT.length()).strip().split(" ", 2)[0];
          String[] open = OPEN.list();
          boolean isKnown = open != null && !soft.equals("unlimited");
          return isKnown ? Long.parseLong(soft) - open.length : Long.MAX_VALUE;
        }
      }
    } catch (IOException e) {
      // where it is there and cannot be opened, no other file can
      return Files.exists(LIMITS) ? 0 : Long.MAX_VALUE;
    }
    return Long.MAX_VALUE;
  }
}
