package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The table files of a closed store's records. */
public final class RecordTables {
  private RecordTables() {}

  /** Overwrites half of each table of a compacted store: who reads records meets the damage. */
  public static void damage(Path store) throws IOException {
    List<String> tables =
        TaskStore.inspect(store).files().stream()
            .filter(file -> file.family().equals("records"))
            .map(file -> file.name())
            .toList();
    assertThat(tables).isNotEmpty();
    for (String name : tables) {
      Path table = store.resolve("data").resolve(name);
      byte[] bytes = Files.readAllBytes(table);
      Arrays.fill(bytes, 0, bytes.length / 2, (byte) 5);
      Files.write(table, bytes);
    }
  }

  /** Flips a bit of the first block of one table: only who reads what lies there meets it. */
  static void damageBlock(Path store) throws IOException {
    Path table =
        TaskStore.inspect(store).files().stream()
            .filter(file -> file.family().equals("records"))
            .findFirst()
            .map(file -> store.resolve("data").resolve(file.name()))
            .orElseThrow();
    byte[] bytes = Files.readAllBytes(table);
    bytes[20] ^= 1;
    Files.write(table, bytes);
  }
}
