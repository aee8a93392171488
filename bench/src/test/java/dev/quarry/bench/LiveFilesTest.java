package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveFilesTest {
  @TempDir Path directory;

  @Test
  void aFolderThatGoesWhileItIsListedIsLeftOut() throws IOException {
    for (String name : List.of("a", "b")) {
      Files.createDirectory(directory.resolve(name));
      Files.writeString(directory.resolve(name).resolve("file"), "12345");
    }
    List<Path> seen = new ArrayList<>();
    LiveFiles.forEach(
        directory,
        (file, size) -> {
          assertThat(size).isEqualTo(5);
          seen.add(file);
          deleteTheOther(file.getParent());
        });
    assertThat(seen).hasSize(1);
  }

  private void deleteTheOther(Path kept) {
    Path other = directory.resolve(kept.endsWith("a") ? "b" : "a");
    try {
      Files.delete(other.resolve("file"));
      Files.delete(other);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDirectoryThatIsNotThereIsAnError() {
    Path absent = directory.resolve("absent");
    assertThatThrownBy(() -> LiveFiles.forEach(absent, (file, size) -> {}))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("absent");
  }
}
