package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What is known of a store beside its tasks.
 *
 * @param format version of its format on disk
 * @param created when its directory was made
 */
record StoreFacts(int format, Instant created) {
  static final int FORMAT = 1;

  static StoreFacts of(TaskStore store) {
    return new StoreFacts(FORMAT, created(store.directory()));
  }

  private static Instant created(Path directory) {
    try {
      return Files.readAttributes(directory, BasicFileAttributes.class)
          .creationTime()
          .toInstant()
          .truncatedTo(ChronoUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
