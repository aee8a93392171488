package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * RocksDB's files in a folder, and what can be said about them before RocksDB opens them: opening
 * deletes files that a damaged manifest no longer names, and passes over the rest of a damaged log
 * without a word.
 */
public final class DataFiles {
  private static final Pattern LOG = Pattern.compile("[0-9]{1,18}\\.log");
  private static final Pattern SST = Pattern.compile("[0-9]{1,18}\\.sst");
  private static final Pattern MANIFEST = Pattern.compile("MANIFEST-[0-9]{1,18}");

  private static final String CURRENT = "CURRENT";

  private DataFiles() {}

  /** Whether there is a database in the folder, be it a damaged one. */
  public static boolean exist(Path folder) {
    return Files.exists(folder.resolve(CURRENT));
  }

  /** The write-ahead logs, oldest first. */
  static List<Path> logs(Path folder) {
    return list(folder, LOG);
  }

  /** The SST files, oldest first. */
  static List<Path> tables(Path folder) {
    return list(folder, SST);
  }

  /** The number in a file's name. */
  static long number(Path file) {
    return Long.parseLong(file.getFileName().toString().replaceAll("[^0-9]", ""));
  }

  private static List<Path> list(Path folder, Pattern name) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = new ArrayList<>();
      files.filter(f -> name.matcher(f.getFileName().toString()).matches()).forEach(found::add);
      found.sort((a, b) -> Long.compare(number(a), number(b)));
      return found;
    } catch (IOException e) {
      throw new StorageException(
          "the store's files cannot be listed", Map.of("directory", folder), e);
    }
  }

  /**
   * Throws {@link CorruptionException} if the manifest or a log that it needs is damaged, or if
   * commits are missing between these logs. The end of a log that the death of the machine cut
   * short is no damage. Logs that the manifest needs no more may be left in part, by a process that
   * was killed while it removed them.
   */
  public static void check(Path folder) {
    long first = checkManifest(folder);
    Continuity continuity = new Continuity();
    for (Path log : logs(folder)) {
      if (number(log) >= first) {
        continuity.file = log;
        readFully(log, continuity);
      }
    }
    continuity.end();
  }

  /** Checks the manifest; returns the least number of a log that it needs. */
  private static long checkManifest(Path folder) {
    Path current = folder.resolve(CURRENT);
    String name;
    try {
      name =
          Files.size(current) > 256 ? "" : Files.readString(current, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw damaged("a file of the store is missing; restore a backup, or repair", current, e);
    }
    if (!name.endsWith("\n") || !MANIFEST.matcher(name.strip()).matches()) {
      throw damaged("a file of the store is damaged; restore a backup, or repair", current, null);
    }
    Path manifest = folder.resolve(name.strip());
    if (!Files.isRegularFile(manifest)) {
      throw damaged("a file of the store is missing; restore a backup, or repair", manifest, null);
    }
    NeededLogs needed = new NeededLogs();
    readFully(
        manifest,
        new LogFile.Sink() {
          @Override
          public void record(long offset, byte[] payload) {
            needed.add(payload);
          }

          @Override
          public void damage(long offset, long bytes, String why, boolean torn) {
            throw damaged(manifest, offset, bytes, why);
          }
        });
    return needed.first();
  }

  /** The least number of a log that the manifest needs; -1 where it does not tell. */
  static long firstNeededLog(Path folder) {
    try {
      return checkManifest(folder);
    } catch (CorruptionException e) {
      return -1;
    }
  }

  private static void readFully(Path file, LogFile.Sink sink) {
    try {
      LogFile.read(file, sink);
    } catch (IOException e) {
      throw new StorageException("a file of the store cannot be read", Map.of("file", file), e);
    }
  }

  private static CorruptionException damaged(String summary, Path file, IOException cause) {
    return new CorruptionException(summary, Map.of("file", file), cause);
  }

  private static CorruptionException damaged(Path file, long offset, long bytes, String why) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("file", file);
    context.put("offset", offset);
    context.put("bytes", bytes);
    context.put("why", why);
    return new CorruptionException(
        "a file of the store is damaged; restore a backup, or repair", context);
  }

  /** Whether the batches of all logs follow each other. */
  private static final class Continuity implements LogFile.Sink {
    private final LoggedSequence expected = new LoggedSequence();
    private Path file;
    private CorruptionException damage;

    @Override
    public void record(long offset, byte[] payload) {
      LoggedBatch batch = LoggedBatch.of(payload);
      if (batch == null) {
        throw damaged(file, offset, payload.length, "a record is no batch");
      }
      if (expected.missingBefore(batch) > 0) {
        throw damage != null
            ? damage
            : damaged(file, offset, payload.length, "commits before this one are missing");
      }
      damage = null; // what was cut short was never committed: the log goes on without it
    }

    @Override
    public void damage(long offset, long bytes, String why, boolean torn) {
      CorruptionException found = damaged(file, offset, bytes, why);
      if (!torn) {
        throw found;
      }
      damage = found;
    }

    void end() {
      // a log that ends in a torn write is what the death of the machine leaves
      damage = null;
    }
  }
}
