package dev.quarry.tools.importing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** What to import: a file, a folder, or a stream that can be read once. */
public final class ImportSource {
  private final String name;
  private final Path path;
  private final InputStream stream;

  private ImportSource(String name, Path path, InputStream stream) {
    this.name = name;
    this.path = path;
    this.stream = stream;
  }

  /** A file or folder. Files that end in {@code .gz} are unpacked on the way. */
  public static ImportSource of(Path path) {
    return new ImportSource(path.toString(), Objects.requireNonNull(path), null);
  }

  /**
   * A stream, such as standard input. The import does not close it.
   *
   * @param name a file name for messages and for finding the format
   */
  public static ImportSource of(String name, InputStream stream) {
    return new ImportSource(name, null, Objects.requireNonNull(stream));
  }

  /** Its name in messages. */
  public String name() {
    return name;
  }

  /** The file or folder, or null for a stream. */
  public Path path() {
    return path;
  }

  /** Whether it is a folder. */
  public boolean isFolder() {
    return path != null && Files.isDirectory(path);
  }

  InputStream open() throws IOException {
    return path == null ? stream : Files.newInputStream(path);
  }
}
