package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stores of every released format open, and answer as they did when they were made. */
@Timeout(120)
class FixtureTest {
  private static final Path FIXTURES = Path.of("src", "test", "resources", "fixtures");

  @TempDir Path directory;

  static List<Path> fixtures() throws IOException {
    try (Stream<Path> all = Files.list(FIXTURES)) {
      return all.sorted().toList();
    }
  }

  private Path unpack(Path fixture) throws IOException {
    Path store = directory.resolve("store");
    try (InputStream file = Files.newInputStream(fixture.resolve("store.zip"));
        ZipInputStream in = new ZipInputStream(file)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path target = store.resolve(entry.getName()).normalize();
        assertThat(target.startsWith(store)).isTrue();
        Files.createDirectories(target.getParent());
        Files.copy(in, target);
      }
    }
    return store;
  }

  private static TaskStore open(Path path, OpenMode mode) {
    return TaskStore.open(
        TaskStoreOptions.builder(path).mode(mode).clock(() -> FixtureProgram.START).build());
  }

  private static List<String> expected(Path fixture) throws IOException {
    return Files.readAllLines(fixture.resolve("expected.jsonl"), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void opensVerifiesAndAnswers(Path fixture) throws Exception {
    Path path = unpack(fixture);
    for (int i = 0; i < 2; i++) { // with the index built, and with it there
      try (TaskStore store = open(path, OpenMode.OPEN)) {
        assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
        assertThat(FixtureProgram.answers(store)).isEqualTo(expected(fixture));
      }
    }
    try (TaskStore store = open(path, OpenMode.OPEN)) {
      store.put(Task.builder("new", "it takes writes").build());
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void answersReadOnlyToo(Path fixture) throws Exception {
    try (TaskStore store = open(unpack(fixture), OpenMode.READ_ONLY)) {
      assertThat(FixtureProgram.answers(store)).isEqualTo(expected(fixture));
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void isSavedBackedUpAndRestored(Path fixture) throws Exception {
    Path path = unpack(fixture);
    Path backups = directory.resolve("backups");
    try (TaskStore store = open(path, OpenMode.OPEN)) {
      store.backup(backups);
    }
    TaskStore.restore(backups, directory.resolve("restored"));
    try (TaskStore store = open(directory.resolve("restored"), OpenMode.OPEN)) {
      assertThat(FixtureProgram.answers(store)).isEqualTo(expected(fixture));
    }
    SalvageReport report =
        TaskStore.salvage(path, directory.resolve("saved"), ProgressListener.NONE);
    assertThat(report.isComplete()).isTrue();
    assertThat(report.tasks()).isEqualTo(49);
  }

  @Test
  void thereIsOneOfTheFirstFormat() throws IOException {
    assertThat(fixtures()).contains(FIXTURES.resolve("format-1"));
    for (Path fixture : fixtures()) {
      assertThat(Files.size(fixture.resolve("store.zip"))).isLessThan(300_000);
    }
  }

  @Test
  void aNewerFormatIsRefusedWithWhatWhyAndNext() throws IOException {
    Path path = unpack(FIXTURES.resolve("format-1"));
    Path format = path.resolve("QUARRY");
    String text = Files.readString(format, StandardCharsets.UTF_8);
    Files.writeString(format, text.replace("format=1", "format=2"), StandardCharsets.UTF_8);
    List<Runnable> openings =
        List.of(
            () -> TaskStore.open(path),
            () -> TaskStore.openReadOnly(path),
            () -> TaskStore.salvage(path, directory.resolve("saved"), ProgressListener.NONE),
            () -> TaskStore.repair(path, ProgressListener.NONE));
    for (Runnable opening : openings) {
      assertThatThrownBy(opening::run)
          .isInstanceOf(FormatVersionException.class)
          .hasMessageContaining("newer release")
          .hasMessageContaining("open it with that release")
          .hasMessageContaining("format=2")
          .hasMessageContaining("newestKnown=1");
    }
  }
}
