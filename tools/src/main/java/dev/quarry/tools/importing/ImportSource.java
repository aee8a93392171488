package dev.quarry.tools.importing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What to import: a file, a folder, or a stream that can be read once. */
public final class ImportSource {
  private final String name;
  private final Path path;
  private final InputStream stream;
  private final Map<String, byte[]> files;

  private ImportSource(String name, Path path, InputStream stream, Map<String, byte[]> files) {
    this.name = name;
    this.path = path;
    this.stream = stream;
    this.files = files;
  }

  /** A file or folder. Files packed with gzip or Zstandard are unpacked on the way. */
  public static ImportSource of(Path path) {
    return new ImportSource(path.toString(), Objects.requireNonNull(path), null, Map.of());
  }

  /**
   * A stream, such as standard input. The import does not close it.
   *
   * @param name a file name for messages and for finding the format
   */
  public static ImportSource of(String name, InputStream stream) {
    return new ImportSource(name, null, Objects.requireNonNull(stream), Map.of());
  }

  /** Files of one format in memory, in the order of the map. */
  static ImportSource of(String name, Map<String, byte[]> files) {
    return new ImportSource(name, null, null, new LinkedHashMap<>(files));
  }

  /** The files in memory; empty for a file, folder or stream. */
  Map<String, byte[]> files() {
    return files;
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
