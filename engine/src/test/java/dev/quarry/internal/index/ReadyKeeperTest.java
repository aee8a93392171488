package dev.quarry.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.CorruptionException;
import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Building what is ready where records are damaged. */
class ReadyKeeperTest {
  @TempDir Path directory;

  @Test
  void aDamagedDependencyIsOpenAndStopsNoOther() {
    RecordCodec codec = new RecordCodec();
    StorageOptions options = new StorageOptions(1 << 20, 1 << 20, true);
    try (Storage storage = Storage.open(directory, options)) {
      try (StorageBatch batch = storage.newBatch()) {
        put(batch, 0, "damaged", new byte[] {1, 2, 3});
        put(batch, 1, "waits", codec.encode(task("waits", "damaged"), 1));
        put(batch, 2, "free", codec.encode(task("free"), 1));
        storage.write(batch, false);
      }
      ReadyKeeper keeper = new ReadyKeeper(storage, codec, false);
      IndexCatalog.Entry ofReady = IndexCatalog.builtIn().ofReady();
      assertThat(keeper.bringUp(ofReady, 3, 3, ProgressListener.NONE)).isTrue();
      assertThat(Waits.decode(storage.get(Family.WAITS, Keys.number(1)))).isEqualTo(1);
      assertThat(storage.get(Family.WAITS, Keys.number(2))).isNull();
      try (var ready = storage.iterate(Family.ORDERED, null, null, null)) {
        ready.first();
        assertThat(ready.isValid()).isTrue();
        assertThat(ready.key()).endsWith(Keys.number(2));
        ready.next();
        assertThat(ready.isValid()).isFalse();
      }
    }
  }

  @Test
  void aDamagedBlockCostsTheTasksInItAndNoOther() throws IOException {
    RecordCodec codec = new RecordCodec();
    StorageOptions options = new StorageOptions(1 << 20, 1 << 20, true);
    int tasks = 5_000;
    try (Storage storage = Storage.open(directory, options)) {
      try (StorageBatch batch = storage.newBatch()) {
        for (int i = 0; i < tasks; i++) {
          put(batch, i, "t" + i, codec.encode(task("t" + i, "d" + i), 1));
        }
        storage.write(batch, false);
      }
      storage.flush();
    }
    damageMiddleOfLargestTable();
    try (Storage storage = Storage.open(directory, options)) {
      Set<Long> readable = new TreeSet<>();
      for (long ordinal = 0; ordinal < tasks; ordinal++) {
        try {
          storage.get(Family.RECORDS, Keys.number(ordinal));
          readable.add(ordinal);
        } catch (CorruptionException damaged) {
          assertThat(damaged).hasMessageContaining("records");
        }
      }
      assertThat(readable).hasSizeBetween(tasks / 2, tasks - 1);
      ReadyKeeper keeper = new ReadyKeeper(storage, codec, true);
      IndexCatalog.Entry ofReady = IndexCatalog.builtIn().ofReady();
      assertThat(keeper.bringUp(ofReady, tasks, tasks, ProgressListener.NONE)).isTrue();
      Set<Long> waiting = new TreeSet<>();
      try (var waits = storage.iterate(Family.WAITS, null, null, null)) {
        for (waits.first(); waits.isValid(); waits.next()) {
          waiting.add(Keys.number(waits.key()));
        }
      }
      assertThat(waiting).isEqualTo(readable);
    }
  }

  private void damageMiddleOfLargestTable() throws IOException {
    Path table;
    try (Stream<Path> files = Files.list(directory)) {
      table =
          files
              .filter(file -> file.toString().endsWith(".sst"))
              .max(Comparator.comparing(file -> file.toFile().length()))
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(table);
    bytes[bytes.length / 3] ^= 1;
    bytes[bytes.length / 2] ^= 1;
    Files.write(table, bytes);
  }

  private static void put(StorageBatch batch, long ordinal, String id, byte[] record) {
    batch.put(Family.IDS, Keys.id(id), Keys.number(ordinal));
    batch.put(Family.RECORDS, Keys.number(ordinal), record);
  }

  private static Task task(String id, String... dependencies) {
    Task.Builder task = Task.builder(id, "");
    for (String dependency : dependencies) {
      task.dependency(dependency);
    }
    return task.build();
  }
}
