package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of files as an import finds them. */
class ImportFolderTest {
  @TempDir private Path directory;

  @Test
  void aFolderThatIsNamedByALinkIsRead() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("real/sub"));
    Files.writeString(folder.resolve("a.md"), "---\nid: A\n---\n");
    Files.writeString(folder.resolve("b.md"), "---\nid: [\n---\n");
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));
    MemoryTarget target = new MemoryTarget();
    ImportReport report = Importer.run(link, target);
    assertThat(report.created()).isEqualTo(1);
    assertThat(report.errors()).hasSize(1);
    assertThat(report.errors().get(0).file()).isEqualTo(Path.of("sub", "b.md").toString());
  }
}
