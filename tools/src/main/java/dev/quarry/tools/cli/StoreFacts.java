package dev.quarry.tools.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What the file {@code QUARRY} says, by which a directory is known as a store.
 *
 * @param format version of the format on disk, as written
 * @param created when the store was created, as written
 */
record StoreFacts(String format, String created) {
  /** The format that this release writes. */
  static final int FORMAT = 1;

  private static final String FILE = "QUARRY";
  private static final int MAX_BYTES = 4_096;

  /** The store's note of the time of the last sound verify. */
  private static final String VERIFIED = "VERIFIED";

  /** The store's note of the time of the last backup. */
  private static final String BACKED_UP = "BACKED_UP";

  static boolean isStore(Path directory) {
    return Files.exists(directory.resolve(FILE));
  }

  /** When the store was last verified and found sound, or null. */
  static String lastVerify(Path directory) {
    return note(directory.resolve(VERIFIED));
  }

  /** When the store was last backed up, by whatever program, or null. */
  static String lastBackup(Path directory) {
    return note(directory.resolve(BACKED_UP));
  }

  private static String note(Path file) {
    try {
      return read(file).strip();
    } catch (IOException e) {
      return null;
    }
  }

  /** The beginning of a file that is short where the store wrote it. */
  private static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
    }
  }

  /** The size of the records' files, 0 where it cannot be told. */
  static long dataBytes(Path directory) {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.resolve("data"))) {
      for (Path file : files) {
        bytes += file.toFile().length(); // 0 if it was compacted away meanwhile
      }
    } catch (IOException | DirectoryIteratorException e) {
      return bytes;
    }
    return bytes;
  }

  static StoreFacts of(Path directory) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(read(directory.resolve(FILE))));
    } catch (IOException | IllegalArgumentException e) {
      throw new CliException(
          ExitCode.CORRUPTION,
          "the store's format file cannot be read",
          e.toString(),
          "restore the file " + FILE + " from a backup");
    }
    return new StoreFacts(
        properties.getProperty("format", "unknown"), properties.getProperty("created", "unknown"));
  }
}
