package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A file's filter is larger than a shard of the block cache; its parts are not. */
@EnabledOnOs(OS.LINUX) // only there does a process tell what it has read
class FilterPartsTest {
  private static final int CACHE_BYTES = 1 << 20;

  /** Ten bits each, so that the filter takes more than the 512 KiB of a shard. */
  private static final int KEYS = 600_000;

  private static final int GETS = 2_000;

  /** A few blocks of 4 KB a get, where all of them miss; a filter read whole has 750,000 bytes. */
  private static final long MOST_BYTES_A_GET = 32 << 10;

  @TempDir private Path directory;

  @Test
  void aGetReadsAFewBlocksAndNotAWholeFilter() throws IOException {
    StorageOptions options = new StorageOptions(CACHE_BYTES, 64L << 20, true);
    try (Storage storage = Storage.open(directory, options);
        StorageBatch batch = storage.newBatch()) {
      for (int i = 0; i < KEYS; i++) {
        batch.put(Family.RECORDS, Keys.number(i), Keys.number(i));
      }
      storage.write(batch, false);
      storage.flush();
      storage.compact();
      assertThat(storage.files(Family.RECORDS)).as("one file, so one filter").hasSize(1);
      Random random = new Random(5);
      long before = bytesRead();
      for (int i = 0; i < GETS; i++) {
        byte[] key = Keys.number(random.nextInt(KEYS));
        assertThat(storage.get(Family.RECORDS, key)).isEqualTo(key);
      }
      long each = (bytesRead() - before) / GETS;
      assertThat(each).isBetween(1L, MOST_BYTES_A_GET);
    }
  }

  private static long bytesRead() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/io")).stream()
        .filter(line -> line.startsWith("rchar: "))
        .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
        .findFirst()
        .orElseThrow();
  }
}
