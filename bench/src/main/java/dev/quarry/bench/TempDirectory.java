package dev.quarry.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory that is deleted on close with all that it holds, and when the process is told to end
 * (Ctrl-C, SIGTERM) before that. Not thread-safe.
 */
public final class TempDirectory implements AutoCloseable {
  private static final int TRIES = 50;
  private static final int LOOKS = 3;
  private static final long PAUSE_MILLIS = 100;

  private final Path path;
  private final AtProcessEnd atEnd;

  private TempDirectory(Path path) {
    this.path = path;
    atEnd = new AtProcessEnd(() -> deleteBesideWriters(path));
  }

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

  /** Where it is. */
  public Path path() {
    return path;
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
    try {
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    atEnd.close();
  }

  /** Threads of this process and children that die meanwhile may still write, and make it anew. */
  private static void deleteBesideWriters(Path path) {
    int absent = 0;
    for (int i = 0; i < TRIES && absent < LOOKS; i++) {
      try {
        absent = Files.exists(path) ? 0 : absent + 1;
        if (absent == 0) {
          delete(path);
        }
      } catch (IOException | UncheckedIOException e) {
        absent = 0; // a file came or went; once more
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path one : deepestFirst) {
        Files.deleteIfExists(one);
      }
    }
  }
}
