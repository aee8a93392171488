package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An open removes what killed processes left, nothing of anybody else, and does not insist. */
@Timeout(120)
class LeftoverFoldersTest {
  private static final long NOBODY = 999_999_999_999_999_999L; // no system numbers its processes so

  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private Path folder(String name) throws IOException {
    Path folder = Files.createDirectories(store().resolve(name).resolve("data"));
    Files.writeString(folder.resolve("CURRENT"), "text");
    return folder.resolve("CURRENT");
  }

  @BeforeEach
  void create() {
    TaskStore.open(store()).close();
  }

  @Test
  void onlyWhatQuarryLeftIsRemoved() throws Exception {
    List<Path> others = new ArrayList<>();
    for (String name :
        List.of(
            "backup-2026-11-22",
            "backup-1-2",
            "reader-" + NOBODY + "-1",
            "quarry.tmp-backup-2026-11-22",
            "quarry.tmp-backup-1-2-mine",
            "my-quarry.tmp-backup-1-2")) {
      others.add(folder(name));
    }
    Path ofBackup = folder("quarry.tmp-backup-" + ProcessHandle.current().pid() + "-17");
    Path ofDead = folder("quarry.tmp-reader-" + NOBODY + "-17");
    Path ofLiving = folder("quarry.tmp-reader-" + ProcessHandle.current().pid() + "-17");
    TaskStore.open(store()).close();
    assertThat(others).allMatch(Files::exists);
    assertThat(ofLiving).exists();
    assertThat(store().resolve("quarry.tmp-backup-" + ProcessHandle.current().pid() + "-17"))
        .doesNotExist();
    assertThat(ofBackup).doesNotExist();
    assertThat(ofDead.getParent().getParent()).doesNotExist();
  }

  /** Folders so deep that the lower ones have paths which the system refuses. */
  @Test
  void whatCannotBeRemovedDoesNotKeepTheStoreShut() throws Exception {
    String name = "d".repeat(200);
    Path upper = store().resolve("quarry.tmp-backup-1-17");
    Path lower = directory.resolve("lower");
    Path bottom = deep(upper, name);
    deep(lower, name);
    Path joined = bottom.resolve("lower");
    Files.move(lower, joined);
    try {
      List<String> provider = List.of("-Dslf4j.provider=" + CapturedLogs.class.getName());
      try (ChildJvm child = new ChildJvm(provider, LifecyclePrograms.Holder.class, store())) {
        List<String> lines = new ArrayList<>();
        for (String line = child.line(); line != null; line = child.line()) {
          lines.add(line);
          if (line.equals("open 0")) {
            child.say("end");
          }
        }
        assertThat(lines)
            .contains("open 0")
            .anyMatch(
                line -> line.startsWith(CapturedLogs.PREFIX + "WARN") && line.contains("" + upper));
        assertThat(child.exit()).isZero();
      }
      TaskStore.open(store()).close();
    } finally {
      Files.move(joined, lower); // so that the rest can be deleted
    }
    TaskStore.open(store()).close();
    assertThat(upper).doesNotExist();
  }

  private static Path deep(Path top, String name) throws IOException {
    Path path = top;
    while (path.toString().length() < 3_500) {
      path = path.resolve(name);
    }
    return Files.createDirectories(path);
  }
}
