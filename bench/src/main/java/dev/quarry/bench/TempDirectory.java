package dev.quarry.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory that is deleted on close with all that it holds. Not thread-safe.
 *
 * @param path where it is
 */
public record TempDirectory(Path path) implements AutoCloseable {
  /**
   * A new directory.
   *
   * @param parent where to create it; null for the system property {@code quarry.bench.dir} or,
   *     without that, the system's place for temporary files
   */
  public static TempDirectory in(Path parent) {
    try {
      String property = System.getProperty("quarry.bench.dir");
      Path place = parent != null ? parent : property == null ? null : Path.of(property);
      if (place == null) {
        return new TempDirectory(Files.createTempDirectory("quarry-bench-"));
      }
      Files.createDirectories(place);
      return new TempDirectory(Files.createTempDirectory(place, "quarry-bench-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new directory inside. */
  public Path sub(String name) {
    try {
      return Files.createDirectories(path.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(path)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path one : deepestFirst) {
        Files.deleteIfExists(one);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
