package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadableWalkTest {
  private static final int RECORDS = 20;

  @TempDir Path directory;

  /** RocksDB's classes throw it where their own walk is closed. */
  @Test
  void afterAnErrorOfTheJvmItBeginsAgainWhereItWas() {
    StorageOptions options = new StorageOptions(8 << 20, 8 << 20, true);
    try (Storage storage = Storage.open(directory, options);
        StorageBatch batch = storage.newBatch()) {
      for (int i = 0; i < RECORDS; i++) {
        batch.put(Family.RECORDS, Keys.number(i), new byte[] {(byte) i});
      }
      storage.write(batch, false);
      List<StorageIterator> begun = new ArrayList<>();
      try (ReadableWalk walk =
          new ReadableWalk(
              lower -> {
                begun.add(storage.iterate(Family.RECORDS, lower, null, null));
                return begun.get(begun.size() - 1);
              },
              ordinal -> storage.get(Family.RECORDS, Keys.number(ordinal)),
              0,
              RECORDS,
              new ToldDamage())) {
        for (int i = 0; i < RECORDS; i++) {
          if (i == RECORDS / 2) {
            begun.get(0).close();
            assertThatThrownBy(walk::next).isInstanceOf(AssertionError.class);
          }
          assertThat(walk.next().get(0)).isEqualTo((byte) i);
          assertThat(walk.ordinal()).isEqualTo(i);
        }
        assertThat(walk.next()).isNull();
      }
      assertThat(begun).hasSize(2);
    }
  }
}
