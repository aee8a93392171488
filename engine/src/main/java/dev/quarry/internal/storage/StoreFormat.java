package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.StorageException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Properties;

/**
 * The file {@code QUARRY} in a store's directory, by which a directory is known as a store and
 * which is read before anything else.
 *
 * @param version format of the directory
 * @param storeId random name of the store, given at its creation
 * @param createdAt when it was created
 */
public record StoreFormat(Version version, String storeId, Instant createdAt) {
  /** The file's name. */
  public static final String FILE = "QUARRY";

  /** The file before it is whole. */
  public static final String TEMPORARY = FILE + ".tmp";

  /** Formats; each constant says what an older reader would misread. */
  public enum Version {
    /** The first: families default, records, ids, ordered, changes; record format 1. */
    V1(1);

    private final int number;

    Version(int number) {
      this.number = number;
    }

    /** As written in the file. */
    public int number() {
      return number;
    }
  }

  /** The format that this release writes. */
  public static final Version CURRENT = Version.V1;

  /** Whether the directory is a store. */
  public static boolean exists(Path directory) {
    return Files.isRegularFile(directory.resolve(FILE));
  }

  /** Reads the file. */
  public static StoreFormat read(Path directory) {
    Path file = directory.resolve(FILE);
    Properties properties = new Properties();
    try {
      if (Files.size(file) > 4096) {
        throw damaged(file, "it is too large");
      }
      properties.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
    } catch (IOException | IllegalArgumentException e) {
      throw new CorruptionException(
          "the store's format file cannot be read", Map.of("file", file), e);
    }
    String format = properties.getProperty("format", "");
    String id = properties.getProperty("id", "");
    if (id.isEmpty() || !format.matches("[0-9]{1,9}")) {
      throw damaged(file, "format or id is missing");
    }
    int number = Integer.parseInt(format);
    for (Version version : Version.values()) {
      if (version.number() == number) {
        return new StoreFormat(version, id, created(file, properties));
      }
    }
    throw new FormatVersionException(
        "the store was written by a newer release of Quarry; open it with that release",
        Map.of("directory", directory, "format", number, "newestKnown", CURRENT.number()));
  }

  private static Instant created(Path file, Properties properties) {
    try {
      return Instant.parse(properties.getProperty("created", ""));
    } catch (DateTimeParseException e) {
      throw damaged(file, "the time of creation is missing");
    }
  }

  private static CorruptionException damaged(Path file, String why) {
    return new CorruptionException(
        "the store's format file is damaged", Map.of("file", file, "why", why));
  }

  /** Writes the file, whole or not at all. */
  public void write(Path directory) {
    String text =
        "format=" + version.number() + "\nid=" + storeId + "\ncreated=" + createdAt + "\n";
    Path file = directory.resolve(FILE);
    Path temporary = directory.resolve(TEMPORARY);
    try {
      Files.writeString(
          temporary,
          text,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          StandardOpenOption.DSYNC);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      SafeDirectories.sync(directory);
    } catch (IOException e) {
      throw new StorageException(
          "the store's format file cannot be written", Map.of("file", file), e);
    }
  }
}
