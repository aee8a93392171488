package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Every directory that is made for a store, a copy or a backup of it is its owner's only. */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
class OwnerOnlyTest {
  @TempDir Path directory;

  @Test
  void storesBackupsAndCopiesAre() throws Exception {
    Path path = directory.resolve("store");
    Path backups = directory.resolve("backups");
    List<Path> made = new ArrayList<>(List.of(path, backups));
    try (TaskStore store = TaskStore.open(path)) {
      for (int i = 0; i < 100; i++) {
        store.put(Task.builder("T-" + i, "title").build());
      }
      store.backup(backups);
      store.checkpoint(add(made, "checkpoint"));
      store.checkpoint(add(made, "earlier"), 50, ProgressListener.NONE);
    }
    TaskStore.restore(backups, add(made, "restored"));
    Backups.open(backups).restore(1, add(made, "to 50"), 50, ProgressListener.NONE);
    RecordTables.damageBlock(path);
    TaskStore.salvage(path, add(made, "salvaged"), ProgressListener.NONE);
    SalvageReport report = TaskStore.repair(path, ProgressListener.NONE);
    assertThat(report.isComplete()).isFalse(); // so what was damaged is kept in a folder aside
    for (Path each : made) {
      assertThat(rights(each)).as("%s", each).isEqualTo("rwx------");
    }
    try (Stream<Path> ofBackups = Files.list(backups);
        Stream<Path> ofStore = Files.list(path)) {
      // what lies within those is out of reach, but made in the same way
      assertThat(
              Stream.concat(ofBackups, ofStore)
                  .filter(Files::isDirectory)
                  .filter(f -> !isOfTheEngines(f)))
          .isNotEmpty()
          .allSatisfy(folder -> assertThat(rights(folder)).isEqualTo("rwx------"));
    }
  }

  /** Folders of RocksDB and of the index, which a store makes within its own. */
  private static boolean isOfTheEngines(Path folder) {
    return List.of("data", "index").contains(folder.getFileName().toString());
  }

  private Path add(List<Path> made, String name) {
    made.add(directory.resolve(name));
    return directory.resolve(name);
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
