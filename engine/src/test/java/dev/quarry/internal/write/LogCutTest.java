package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Seeds;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

/** The archive is taken back in parts, whatever they are. */
class LogCutTest {
  private static final int COMMITS = 3_000;
  private static final int IDS = 700;
  private static final int RECORD = 500;

  @TempDir Path directory;

  private static Map<String, Integer> archive(Storage storage) {
    Map<String, Integer> found = new HashMap<>();
    try (StorageIterator it = storage.iterate(Family.ARCHIVE, null, null, null)) {
      for (it.first(); it.isValid(); it.next()) {
        found.put(new String(it.key(), StandardCharsets.UTF_8), it.value().length);
      }
    }
    return found;
  }

  @Seeds({11, 12, 13})
  void theArchiveIsAsItWasAndABatchHoldsAPart(long seed) {
    Random random = new Random(seed);
    int part = 1 + random.nextInt(50);
    long last = random.nextInt(COMMITS);
    try (Storage storage = Storage.open(directory, new StorageOptions(8 << 20, 8 << 20, true));
        StorageBatch batch = storage.newBatch()) {
      Map<String, Integer> then = fill(storage, batch, random, last);
      int[] staged = {0};
      int[] largest = {0};
      Runnable write =
          () -> {
            largest[0] = Math.max(largest[0], batch.sizeBytes());
            if (++staged[0] % part == 0) {
              storage.write(batch, false);
              batch.clear();
            }
          };
      try (StorageSnapshot at = storage.snapshot()) {
        new LogCut(storage, at, last, write).ofArchive(batch);
      }
      storage.write(batch, false);
      assertThat(archive(storage)).isEqualTo(then);
      assertThat((long) staged[0]).isEqualTo(COMMITS - last);
      assertThat(largest[0]).isLessThan((part + 1) * 2 * RECORD);
      try (StorageIterator it = storage.iterate(Family.PAST, null, HistoryKeys.firstPast(), null)) {
        for (it.first(); it.isValid(); it.next()) {
          assertThat(ByteBuffer.wrap(it.key(), 1, Long.BYTES).getLong()).isLessThanOrEqualTo(last);
        }
      }
    }
  }

  /** Changes the archive at each sequence; what it held at {@code last}, by sizes. */
  private static Map<String, Integer> fill(
      Storage storage, StorageBatch batch, Random random, long last) {
    Map<String, Integer> present = new HashMap<>();
    Map<String, Integer> then = new HashMap<>();
    for (long sequence = 1; sequence <= COMMITS; sequence++) {
      String id = "t" + random.nextInt(IDS);
      byte[] key = Keys.id(id);
      int before = present.getOrDefault(id, 0);
      batch.put(Family.PAST, HistoryKeys.archived(sequence, key), new byte[before]);
      if (before > 0 && random.nextInt(3) > 0) {
        present.remove(id);
        batch.delete(Family.ARCHIVE, key);
      } else {
        present.put(id, 1 + random.nextInt(RECORD));
        batch.put(Family.ARCHIVE, key, new byte[present.get(id)]);
      }
      if (sequence == last) {
        then.putAll(present);
      }
    }
    storage.write(batch, false);
    batch.clear();
    return then;
  }
}
