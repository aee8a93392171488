package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The file {@code quarry.closed}, which a store that was closed in order leaves behind: its last
 * sequence, and every file that RocksDB will want again with its size. A file that was lost or cut
 * while the store was closed is so noticed before RocksDB opens the rest, which for a cut manifest
 * would delete what it no longer names. Deleted when the store has been opened for writing and its
 * sequence is not below the one in the mark; a mark that is older than the store says nothing.
 *
 * @param sequence the store's last commit
 * @param files name to bytes
 */
public record CloseMark(long sequence, Map<String, Long> files) {
  /** The file's name. */
  public static final String FILE = "quarry.closed";

  private static final String NEXT = FILE + ".next";

  private static final int MAX_BYTES = 64 << 20;

  /** Writes the mark for the closed data folder, whole or not at all. */
  public static void write(Path directory, Path data, long sequence) {
    try {
      write(directory, new CloseMark(sequence, sizes(data)));
    } catch (IOException e) {
      throw new StorageException(
          "the store's files cannot be listed", Map.of("directory", directory), e);
    }
  }

  /**
   * Leaves only the sequence in the mark: before RocksDB is opened, which replaces some files, so
   * that the sequence is compared at every open until it has been found right.
   */
  public static void keepSequence(Path directory, CloseMark mark) {
    write(directory, new CloseMark(mark.sequence, Map.of()));
  }

  private static void write(Path directory, CloseMark mark) {
    StringBuilder text = new StringBuilder("sequence " + mark.sequence + "\n");
    try {
      mark.files.forEach((name, bytes) -> text.append(name + " " + bytes + "\n"));
      String checksum = checksum(text.toString()); // before its own line begins
      text.append("end ").append(checksum).append('\n');
      replace(directory, text.toString());
    } catch (IOException e) {
      throw new StorageException(
          "the mark of the store's close cannot be written; make the directory writable, or free"
              + " space",
          Map.of("directory", directory, "file", directory.resolve(FILE)),
          e);
    }
  }

  /** Durably: a mark that comes back with the machine would be of another time than the store. */
  private static void replace(Path directory, String text) throws IOException {
    Path next = directory.resolve(NEXT);
    try {
      writeDurably(next, text);
      Files.move(next, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) { // a full device has room for no second file
      Files.deleteIfExists(next);
      writeDurably(directory.resolve(FILE), text);
    }
    SafeDirectories.sync(directory);
  }

  /** Over what is there, whose room must not be lost to others before it is written again. */
  private static void writeDurably(Path file, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.DSYNC)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes, bytes.position());
      }
      channel.truncate(bytes.limit());
    }
  }

  private static Map<String, Long> sizes(Path data) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(data)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".sst") || name.startsWith("MANIFEST-") || name.equals("CURRENT")) {
          sizes.put(name, Files.size(file));
        }
      }
    }
    return sizes;
  }

  /** Reads the mark; null where there is none, or none that is whole. */
  public static CloseMark read(Path directory) {
    Path file = directory.resolve(FILE);
    String text;
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
        return null;
      }
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return null; // the mark helps to find damage; without it other checks remain
    }
    int end = text.lastIndexOf("end ");
    if (end < 0 || !text.substring(end).equals("end " + checksum(text.substring(0, end)) + "\n")) {
      return null;
    }
    List<String> lines = text.substring(0, end).lines().toList();
    if (lines.isEmpty() || !lines.get(0).matches("sequence [0-9]{1,18}")) {
      return null;
    }
    Map<String, Long> files = new LinkedHashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      if (!line.matches("[A-Za-z0-9._-]{1,64} [0-9]{1,18}")) {
        return null;
      }
      String[] words = line.split(" ", -1);
      files.put(words[0], Long.parseLong(words[1]));
    }
    return new CloseMark(Long.parseLong(lines.get(0).substring(9)), files);
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
    return Long.toHexString(crc.getValue());
  }

  /** Throws {@link CorruptionException} if a file is missing or has another size than at close. */
  public void check(Path data) {
    for (Map.Entry<String, Long> file : files.entrySet()) {
      Path path = data.resolve(file.getKey());
      long bytes = bytes(path);
      if (bytes != file.getValue()) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("file", path);
        context.put("bytes", bytes < 0 ? "missing" : bytes);
        context.put("bytesAtClose", file.getValue());
        throw new CorruptionException(
            "a file of the store was lost or changed since the store was closed; restore a backup,"
                + " or repair",
            context);
      }
    }
  }

  private static long bytes(Path path) {
    try {
      return Files.isRegularFile(path) ? Files.size(path) : -1;
    } catch (IOException e) {
      return -1; // cannot be read: as good as missing
    }
  }

  /** Removes the mark, before the store is changed. */
  public static void delete(Path directory) {
    try {
      if (Files.deleteIfExists(directory.resolve(FILE))) {
        SafeDirectories.sync(directory);
      }
    } catch (IOException e) {
      throw new StorageException(
          "the mark of the store's close cannot be removed", Map.of("directory", directory), e);
    }
  }
}
