package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is set by name, since Java has no setter, arrives: RocksDB writes down what it runs with.
 */
class FamilyOptionsTest {
  @TempDir private Path directory;

  @Test
  void hintsAndTheDictionaryArrive() throws IOException {
    Storage.open(directory, new StorageOptions(1 << 20, 1 << 20, true)).close();
    Map<String, String> families = families();
    assertThat(families.get("records"))
        .contains("memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.1")
        .containsPattern(
            "bottommost_compression_opts=[^\\n]*max_dict_buffer_bytes=3276800;[^\\n]*enabled=true")
        .containsPattern("bottommost_compression_opts=[^\\n]*max_dict_bytes=16384");
    assertThat(families.get("ordered"))
        .contains("memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.8");
  }

  /** The options of each family, from the newest file of options. */
  private Map<String, String> families() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(f -> f.getFileName().toString().startsWith("OPTIONS-")).sorted().toList();
    }
    Map<String, String> families = new HashMap<>();
    String[] parts = Files.readString(files.get(files.size() - 1)).split("\\[CFOptions \"", -1);
    for (int i = 1; i < parts.length; i++) {
      families.put(parts[i].substring(0, parts[i].indexOf('"')), parts[i]);
    }
    return families;
  }
}
