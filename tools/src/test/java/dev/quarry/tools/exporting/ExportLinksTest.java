package dev.quarry.tools.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export into a folder writes there and nowhere else, whatever lies in it. */
class ExportLinksTest {
  @TempDir Path directory;

  private static long export(Path folder) {
    List<Task> tasks = List.of(Task.builder("TASK-1", "title").build());
    return Exporter.exportFolder(tasks.iterator(), folder, ExportOptions.defaults());
  }

  @Test
  void aLinkInTheFolderIsNotFollowed() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    Path outside = Files.writeString(directory.resolve("outside"), "precious");
    Path link = Files.createSymbolicLink(folder.resolve("TASK-1.md"), outside);
    assertThatThrownBy(() -> export(folder))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(link.toString())
        .hasMessageContaining("remove it");
    assertThat(outside).hasContent("precious");
    Files.delete(outside); // a link to nothing must not make a file either
    assertThatThrownBy(() -> export(folder)).isInstanceOf(UncheckedIOException.class);
    assertThat(outside).doesNotExist();
  }

  @Test
  void theFolderItselfMayBeALink() throws IOException {
    Path real = Files.createDirectory(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    assertThat(export(link)).isEqualTo(1);
    assertThat(export(link)).isEqualTo(1); // again, over its own file
    assertThat(real.resolve("TASK-1.md")).exists();
  }
}
