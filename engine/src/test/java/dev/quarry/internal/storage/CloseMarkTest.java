package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mark finds commits that are missing, and nothing else. */
class CloseMarkTest {
  @TempDir Path directory;

  @BeforeEach
  void fill() {
    try (TaskStore store = TaskStore.open(directory)) {
      for (int i = 0; i < 5; i++) {
        store.insert(Task.builder("T-" + i, "t").build());
      }
    }
  }

  @Test
  void aMarkOfBeforeSaysNothing() {
    CloseMark.keepSequence(directory, new CloseMark(3, Map.of()));
    try (TaskStore store = TaskStore.open(directory)) {
      assertThat(store.stats().tasks()).isEqualTo(5);
      assertThat(directory.resolve(CloseMark.FILE)).doesNotExist();
    }
  }

  @Test
  void missingCommitsAreNoticedAtEveryOpen() {
    CloseMark.keepSequence(directory, new CloseMark(6, Map.of()));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> TaskStore.open(directory))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("commits are missing");
      assertThatThrownBy(() -> TaskStore.openReadOnly(directory))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("commits are missing");
    }
    CloseMark.keepSequence(directory, new CloseMark(5, Map.of()));
    try (TaskStore store = TaskStore.openReadOnly(directory)) {
      assertThat(store.sequence()).isEqualTo(5);
    }
  }

  /** RocksDB deletes what a cut manifest does not name, and a store without this file is made. */
  @Test
  void withoutItsFormatFileADamagedStoreIsLeftAsItIs() throws Exception {
    Path data = directory.resolve("data");
    try (TaskStore store = TaskStore.open(directory)) {
      store.compact();
    }
    Files.delete(directory.resolve(StoreFormat.FILE));
    try (var files = Files.list(data)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("MANI")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      }
    }
    List<String> before = names(data);
    assertThatThrownBy(() -> TaskStore.open(directory)).isInstanceOf(CorruptionException.class);
    assertThat(names(data)).isEqualTo(before).anyMatch(name -> name.endsWith(".sst"));
    assertThat(CloseMark.read(directory)).isNotNull();
    assertThat(TaskStore.repair(directory, ProgressListener.NONE).tasks()).isEqualTo(5);
  }

  private static List<String> names(Path data) throws IOException {
    try (var files = Files.list(data)) {
      return files.map(f -> f.getFileName() + " ").sorted().map(String::strip).toList();
    }
  }

  @Test
  void withoutItsFormatFileAStoreKeepsItsMark() throws Exception {
    Files.delete(directory.resolve(StoreFormat.FILE));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> TaskStore.open(directory))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("format file is missing");
      assertThat(CloseMark.read(directory).sequence()).isEqualTo(5);
    }
  }

  @Test
  void aMarkIsReplacedAlsoWhereNoFileCanLieBesideIt() throws Exception {
    CloseMark mark = CloseMark.read(directory);
    assertThat(mark.sequence()).isEqualTo(5);
    assertThat(mark.files()).isNotEmpty();
    Files.createDirectory(directory.resolve(CloseMark.FILE + ".next"));
    CloseMark.keepSequence(directory, mark);
    assertThat(CloseMark.read(directory)).isEqualTo(new CloseMark(5, Map.of()));
    CloseMark.keepSequence(directory, new CloseMark(4, Map.of()));
    assertThat(CloseMark.read(directory).sequence()).isEqualTo(4);
    assertThat(directory).isDirectoryNotContaining("glob:**.next");
  }
}
