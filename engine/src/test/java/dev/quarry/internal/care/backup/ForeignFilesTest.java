package dev.quarry.internal.care.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Backups;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of backups has names that anybody may give; what is not a backup's stays. */
class ForeignFilesTest {
  @TempDir Path directory;

  private TaskStore store;

  @BeforeEach
  void open() {
    store = TaskStore.open(directory.resolve("store"));
    store.insert(Task.builder("T", "t").build());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Path letter() throws IOException {
    Path files = Files.createDirectories(directory.resolve("app").resolve("files"));
    Files.createDirectory(files.resolve("empty"));
    return Files.writeString(files.resolve("letter.txt"), "mine");
  }

  @Test
  void aFolderOfOthersIsNoPool() throws IOException {
    Path letter = letter();
    assertThatThrownBy(() -> store.backup(directory.resolve("app")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("not empty")
        .hasMessageContaining("files");
    assertThat(letter).hasContent("mine");
    assertThat(directory.resolve("app").resolve("backups")).doesNotExist();
  }

  @Test
  void inAPoolFilesOfOthersStay() throws IOException {
    Path letter = letter();
    Files.createDirectory(directory.resolve("app").resolve("backups"));
    store.backup(directory.resolve("app"));
    store.backup(directory.resolve("app"));
    Backups backups = Backups.open(directory.resolve("app"));
    assertThat(backups.purge(0)).isEqualTo(List.of(1L, 2L));
    assertThat(letter).hasContent("mine");
    try (var left = Files.list(letter.getParent())) {
      assertThat(left.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("letter.txt", "empty");
    }
  }

  @Test
  void oneThatWasCutShortAtItsBeginningIsTakenUp() throws IOException {
    Files.createDirectories(directory.resolve("app").resolve("files"));
    assertThat(store.backup(directory.resolve("app")).number()).isEqualTo(1);
  }
}
