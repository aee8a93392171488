package dev.quarry.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Path;
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
      assertThat(keeper.bringUp(ofReady, 3, ProgressListener.NONE)).isTrue();
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
