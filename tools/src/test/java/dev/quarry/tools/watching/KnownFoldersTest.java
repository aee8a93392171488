package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Which folders have known files. */
class KnownFoldersTest {
  @Test
  void aFolderIsKnownAsLongAsAFileIsInOrBelowIt() {
    KnownFolders folders = new KnownFolders();
    folders.add(Path.of("/r/a/x/1.md"));
    folders.add(Path.of("/r/a/2.md"));
    assertThat(folders.has(Path.of("/r/a/x"))).isTrue();
    assertThat(folders.has(Path.of("/r/a"))).isTrue();
    assertThat(folders.has(Path.of("/r/a/2.md"))).isFalse();
    assertThat(folders.has(Path.of("/r/b"))).isFalse();
    folders.remove(Path.of("/r/a/x/1.md"));
    assertThat(folders.has(Path.of("/r/a/x"))).isFalse();
    assertThat(folders.has(Path.of("/r/a"))).isTrue();
    folders.remove(Path.of("/r/a/2.md"));
    assertThat(folders.has(Path.of("/r"))).isFalse();
  }
}
