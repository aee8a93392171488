package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.StoreInspection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.TableProperties;

/** Reads SST files one by one, without a database around them. Writes nothing. */
public final class SstInspector {
  private SstInspector() {}

  /**
   * Every SST file of a folder; {@code levels} gives the level where it is known. A file that its
   * owner removes meanwhile is left out.
   */
  public static List<StoreInspection.SstFile> inspect(Path folder, Map<String, Integer> levels)
      throws IOException {
    NativeLibrary.load();
    List<StoreInspection.SstFile> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.filter(f -> f.toString().endsWith(".sst")).sorted().toList();
    }
    for (Path file : files) {
      StoreInspection.SstFile inspected =
          inspect(file, levels.getOrDefault(file.getFileName().toString(), -1));
      if (Files.exists(file)) {
        found.add(inspected);
      }
    }
    return found;
  }

  private static StoreInspection.SstFile inspect(Path file, int level) {
    String name = file.getFileName().toString();
    long bytes = file.toFile().length();
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      TableProperties p = reader.getTableProperties();
      String checksums = checksums(reader);
      String[] ends = checksums.equals("ok") ? ends(reader) : new String[] {"", ""};
      return new StoreInspection.SstFile(
          name,
          new String(p.getColumnFamilyName(), StandardCharsets.UTF_8),
          level,
          bytes,
          p.getRawKeySize() + p.getRawValueSize(),
          p.getNumEntries(),
          p.getNumDeletions(),
          p.getCompressionName(),
          ends[0],
          ends[1],
          checksums);
    } catch (RocksDBException e) {
      return new StoreInspection.SstFile(
          name, "", level, bytes, 0, 0, 0, "", "", "", "unreadable: " + e.getMessage());
    }
  }

  /** What is wrong with a file's blocks; empty where nothing is. */
  static String checksums(Path file) {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      reader.verifyChecksum();
      return "";
    } catch (RocksDBException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Throws {@link CorruptionException} if a block of the file has a wrong checksum. */
  public static void verify(Path file) {
    NativeLibrary.load();
    String damage = checksums(file);
    if (!damage.isEmpty()) {
      throw new CorruptionException(
          "a file of the store is damaged; restore a backup, or salvage",
          Map.of("file", file, "detail", damage));
    }
  }

  private static String checksums(SstFileReader reader) {
    try {
      reader.verifyChecksum();
      return "ok";
    } catch (RocksDBException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String[] ends(SstFileReader reader) throws RocksDBException {
    try (ReadOptions options = new ReadOptions();
        SstFileReaderIterator it = reader.newIterator(options)) {
      String[] ends = {"", ""};
      it.seekToFirst();
      if (it.isValid()) {
        ends[0] = HexFormat.of().formatHex(it.key());
      }
      it.seekToLast();
      if (it.isValid()) {
        ends[1] = HexFormat.of().formatHex(it.key());
      }
      it.status();
      return ends;
    }
  }
}
