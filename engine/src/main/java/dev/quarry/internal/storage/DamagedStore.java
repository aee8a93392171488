package dev.quarry.internal.storage;

import dev.quarry.TaskStoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;

/**
 * The data folder of a damaged store, read without changing it. With a readable manifest the
 * database is opened without its logs, so that each key has its newest version in the tables, and
 * deletions count; without one the tables are read one by one. The logs are read by hand, past
 * damage. Not thread-safe.
 */
public final class DamagedStore implements AutoCloseable {
  private static final long CACHE_BYTES = 8L << 20;

  private final Path folder;
  private final Losses losses;
  private final Storage database;
  private final Map<Integer, Family> families = new HashMap<>();

  /** Tables that are newer than all that the manifest names: it may have lost its end. */
  private final List<Path> unlisted;

  /** Receives keys and values. */
  @FunctionalInterface
  public interface Entries {
    /** A value of a key. */
    void entry(byte[] key, byte[] value);
  }

  /** Receives what could not be read. Keys are hex, empty for none. */
  @FunctionalInterface
  public interface Losses {
    /** A place that could not be read. */
    void loss(String file, String family, String afterKey, String beforeKey, String why);
  }

  /** Receives the writes in the logs, in the order in which they were made. */
  public interface Logged {
    /** A put. */
    void put(Family family, byte[] key, byte[] value);

    /** A deletion. */
    void delete(Family family, byte[] key);
  }

  /**
   * Opens a damaged data folder.
   *
   * @param empty an empty folder, for RocksDB's messages
   */
  public DamagedStore(Path folder, Path empty, Losses losses) {
    NativeLibrary.load();
    this.folder = folder;
    this.losses = losses;
    this.database = open(empty);
    this.unlisted = database == null ? List.of() : findUnlisted();
    for (Family family : Family.values()) {
      families.put(database == null ? family.ordinal() : database.number(family), family);
    }
    if (database == null) {
      numbersFromTables();
    }
  }

  private Storage open(Path empty) {
    try {
      StorageOptions options = new StorageOptions(CACHE_BYTES, CACHE_BYTES, false);
      return Storage.openDamaged(folder, empty, options);
    } catch (TaskStoreException e) {
      losses.loss(
          "MANIFEST",
          "",
          "",
          "",
          "the list of files cannot be used, so the files are read one by one, and a task that was"
              + " deleted may be back: "
              + e.getMessage());
      return null;
    }
  }

  private List<Path> findUnlisted() {
    long newest = 0;
    for (Family family : Family.values()) {
      for (SstFile file : database.files(family)) {
        newest = Math.max(newest, DataFiles.number(Path.of(file.name())));
      }
    }
    long last = newest;
    List<Path> found =
        DataFiles.tables(folder).stream().filter(f -> DataFiles.number(f) > last).toList();
    if (!found.isEmpty()) {
      losses.loss(
          "MANIFEST",
          "",
          "",
          "",
          "it does not name "
              + found.size()
              + " newer files, which are read too; a task that was deleted may be back");
    }
    return found;
  }

  private void numbersFromTables() {
    for (Path file : DataFiles.tables(folder)) {
      try (Options options = new Options();
          SstFileReader reader = new SstFileReader(options)) {
        reader.open(file.toString());
        Family family = family(reader);
        if (family != null) {
          families.put((int) reader.getTableProperties().getColumnFamilyId(), family);
        }
      } catch (RocksDBException e) {
        losses.loss(file.getFileName().toString(), "", "", "", String.valueOf(e.getMessage()));
      }
    }
  }

  private static Family family(SstFileReader reader) throws RocksDBException {
    String name =
        new String(reader.getTableProperties().getColumnFamilyName(), StandardCharsets.UTF_8);
    for (Family family : Family.values()) {
      if (family.familyName().equals(name)) {
        return family;
      }
    }
    return null;
  }

  /**
   * Reads what the tables hold of a family.
   *
   * @param newest receives each key once, with its newest value
   * @param other receives values of keys whose newest version may be in the damage, or of which
   *     there may be several, from older files to newer ones
   */
  public void read(Family family, Entries newest, Entries other) {
    if (database == null) {
      readTables(family, null, other);
      return;
    }
    List<TableScan.Gap> gaps = scanDatabase(family, newest);
    if (family == Family.RECORDS) {
      gaps.forEach(gap -> readOneByOne(gap, newest));
    }
    if (!gaps.isEmpty()) {
      readTables(family, gaps, other);
    }
    unlisted.forEach(file -> readTable(file, family, null, other));
  }

  private List<TableScan.Gap> scanDatabase(Family family, Entries newest) {
    try (ReadOptions options = new ReadOptions().setFillCache(false);
        RocksIterator it = database.iterator(family, options)) {
      List<TableScan.Gap> gaps = new TableScan(it, it::key, it::value, newest::entry).run();
      gaps.forEach(gap -> report(fileIn(gap.why()), family.familyName(), gap));
      return gaps;
    }
  }

  private static String fileIn(String why) {
    return why.replaceFirst("(?s).*?([0-9]+\\.sst).*|.*", "$1");
  }

  private void report(String file, String family, TableScan.Gap gap) {
    losses.loss(file, family, hex(gap.from()), hex(gap.to()), gap.why());
  }

  private static String hex(byte[] key) {
    return key == null ? "" : HexFormat.of().formatHex(key);
  }

  /** An iterator meets the damage for all keys that its block spans; a get only for those in it. */
  private void readOneByOne(TableScan.Gap gap, Entries newest) {
    long from = gap.from() == null ? 0 : Keys.number(gap.from()) + 1;
    long to = gap.to() == null ? lastOrdinal() : Keys.number(gap.to());
    for (long ordinal = from; ordinal <= to; ordinal++) {
      byte[] value = outsideDamage(Keys.number(ordinal));
      if (value != null) {
        newest.entry(Keys.number(ordinal), value);
      }
    }
  }

  /** The value of a record, or null for one in the damage itself, which is reported already. */
  private byte[] outsideDamage(byte[] key) {
    try {
      return database.get(Family.RECORDS, key);
    } catch (TaskStoreException e) {
      return null;
    }
  }

  private long lastOrdinal() {
    long last = 0;
    for (SstFile file : database.files(Family.RECORDS)) {
      last = Math.max(last, Keys.number(HexFormat.of().parseHex(file.largestKey())));
    }
    return last;
  }

  private void readTables(Family family, List<TableScan.Gap> within, Entries other) {
    for (Path file : tables(family)) {
      readTable(file, family, within, other);
    }
  }

  /** The tables of a family, those with older values of a key before those with newer ones. */
  private List<Path> tables(Family family) {
    if (database == null) {
      return DataFiles.tables(folder); // of which all is known that their numbers tell
    }
    List<SstFile> files = new ArrayList<>(database.files(family));
    // what is compacted goes down; only on the first level do files overlap each other
    files.sort(
        Comparator.comparingInt(SstFile::level)
            .reversed()
            .thenComparingLong(SstFile::lastSequence));
    return files.stream()
        .map(file -> folder.resolve(file.name().replaceFirst("^/", "")))
        .filter(Files::isRegularFile)
        .toList();
  }

  private void readTable(Path file, Family family, List<TableScan.Gap> within, Entries other) {
    String name = file.getFileName().toString();
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      if (family(reader) != family) {
        return;
      }
      try (ReadOptions reading = new ReadOptions().setFillCache(false);
          SstFileReaderIterator it = reader.newIterator(reading)) {
        List<TableScan.Gap> gaps =
            new TableScan(
                    it,
                    it::key,
                    it::value,
                    (key, value) -> {
                      if (within == null || within.stream().anyMatch(g -> g.contains(key))) {
                        other.entry(key, value);
                      }
                    })
                .run();
        if (within == null) {
          gaps.forEach(gap -> report(name, family.familyName(), gap));
        }
      }
    } catch (RocksDBException e) {
      losses.loss(name, "", "", "", String.valueOf(e.getMessage()));
    }
  }

  /** Reads the logs, oldest first; a damaged part loses the batches in it. */
  public void readLogs(Logged logged) {
    // what the tables hold already is newer than a log that waits to be removed
    long first = database == null || !unlisted.isEmpty() ? -1 : DataFiles.firstNeededLog(folder);
    // of those that nobody needs some may be gone
    LoggedSequence expected = first < 0 ? null : new LoggedSequence();
    for (Path log : DataFiles.logs(folder)) {
      if (DataFiles.number(log) < first) {
        continue;
      }
      String name = log.getFileName().toString();
      try {
        LogFile.read(log, sink(name, expected, logged));
      } catch (IOException e) {
        losses.loss(name, "", "", "", "the file cannot be read: " + e);
        passOver(expected);
      }
    }
  }

  private static void passOver(LoggedSequence expected) {
    if (expected != null) {
      expected.passOver();
    }
  }

  private LogFile.Sink sink(String name, LoggedSequence expected, Logged logged) {
    return new LogFile.Sink() {
      @Override
      public void record(long offset, byte[] payload) {
        LoggedBatch batch = LoggedBatch.of(payload);
        long missing = batch == null || expected == null ? 0 : expected.missingBefore(batch);
        if (missing > 0) {
          String what = missing + " writes before the batch at offset " + offset + " are in no log";
          losses.loss(name, "", "", "", what);
        }
        List<Runnable> writes = new ArrayList<>();
        if (batch == null || !batch.forEach(collect(writes, logged))) {
          losses.loss(name, "", "", "", "the batch at offset " + offset + " cannot be read");
          if (batch == null) {
            passOver(expected);
          }
          return;
        }
        writes.forEach(Runnable::run); // all of a batch or nothing
      }

      @Override
      public void damage(long offset, long bytes, String why, boolean torn) {
        losses.loss(
            name, "", "", "", bytes + " bytes at offset " + offset + " cannot be read: " + why);
        passOver(expected); // what is missing behind it is told with it
      }
    };
  }

  private LoggedBatch.Sink collect(List<Runnable> writes, Logged logged) {
    return new LoggedBatch.Sink() {
      @Override
      public void put(int number, byte[] key, byte[] value) {
        Family family = families.get(number);
        if (family != null) {
          writes.add(() -> logged.put(family, key, value));
        }
      }

      @Override
      public void delete(int number, byte[] key) {
        Family family = families.get(number);
        if (family != null) {
          writes.add(() -> logged.delete(family, key));
        }
      }

      @Override
      public void deleteRange(int number, byte[] from, byte[] to) {
        // ranges are deleted only of what is derived or outdated, which is not saved
      }
    };
  }

  @Override
  public void close() {
    if (database != null) {
      database.close();
    }
  }

  /** Makes the folder for RocksDB's messages. */
  public static Path emptyFolder(Path parent) {
    Path folder = parent.resolve(CopyTarget.MESSAGES);
    SafeDirectories.create(folder);
    return folder;
  }
}
