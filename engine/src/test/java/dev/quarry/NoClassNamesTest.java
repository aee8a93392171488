package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No file of a store names a class of Quarry, of the JDK or of Kryo. The headers of Chronicle Map's
 * files name types of Chronicle itself; a file with any other header is not read, see {@code
 * ReopenTest} of the index.
 */
class NoClassNamesTest {
  private static final Pattern CLASS_NAME =
      Pattern.compile(
          "dev[./]quarry|(?<![A-Za-z])javax?[./][a-z]|(?:com|sun|jdk)[./]sun"
              + "|esotericsoftware|\\[L[a-z]+[./]");

  @TempDir Path directory;

  /** What is found, with the file, anywhere under a folder. */
  private static List<String> found(Path folder) throws IOException {
    List<String> found = new ArrayList<>();
    int files = 0;
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        files++;
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Matcher matcher = CLASS_NAME.matcher(text);
        while (matcher.find()) {
          int from = Math.max(0, matcher.start() - 20);
          int to = Math.min(text.length(), matcher.end() + 40);
          found.add(folder.relativize(file) + ": " + text.substring(from, to));
        }
      }
    }
    assertThat(files).isGreaterThan(5);
    return found;
  }

  @Test
  void noFileNamesAClass() throws IOException {
    Path path = directory.resolve("store");
    RandomWorld world = new RandomWorld(74, 500);
    try (TaskStore store = TaskStore.open(path)) {
      store.createIndex(
          IndexSpec.equality("team", TaskFields.attribute("team")), ProgressListener.NONE);
      store.createIndex(
          IndexSpec.ordered("by-due", TaskFields.DUE_AT.descending()), ProgressListener.NONE);
      for (int i = 0; i < 1_000; i++) {
        store.put(world.task());
      }
      store.delete(world.id());
      assertThat(store.count(Query.all())).isPositive();
      // the log holds every batch as it is, before compression
      assertThat(found(path)).as("open").isEmpty();
    }
    assertThat(found(path)).as("closed").isEmpty();
  }

  @Test
  void theScanFindsNames() throws IOException {
    Path path = directory.resolve("store");
    try (TaskStore store = TaskStore.open(path)) {
      store.put(Task.builder("A", "[Ljava.lang.Object;").notes("dev.quarry.Task").build());
      assertThat(found(path)).hasSizeGreaterThanOrEqualTo(2);
    }
  }
}
