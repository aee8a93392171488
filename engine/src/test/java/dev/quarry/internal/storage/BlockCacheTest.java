package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A block cache whose bound changes under readers. */
@Timeout(60)
class BlockCacheTest {
  private static final long CAPACITY = 16 << 20;
  private static final int RECORDS = 24_000;
  private static final int RECORD_BYTES = 1_000;

  @TempDir Path directory;
  private Storage storage;

  @BeforeEach
  void fill() {
    storage = Storage.open(directory, new StorageOptions(CAPACITY, 64 << 20, true));
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < RECORDS; i += 1_000) {
      try (StorageBatch batch = storage.newBatch()) {
        for (int k = i; k < i + 1_000; k++) {
          byte[] record = new byte[RECORD_BYTES];
          random.nextBytes(record);
          record[0] = (byte) k;
          batch.put(Family.RECORDS, Keys.number(k), record);
        }
        storage.write(batch, false);
      }
    }
    storage.flush();
    readAll();
  }

  @AfterEach
  void close() {
    storage.close();
  }

  private void readAll() {
    for (int i = 0; i < RECORDS; i++) {
      assertThat(storage.get(Family.RECORDS, Keys.number(i))[0]).isEqualTo((byte) i);
    }
  }

  private long usage() {
    return storage.memory().blockBytes();
  }

  @Test
  void itShrinksAtOnceAndFillsAgain() {
    assertThat(usage()).isBetween(CAPACITY * 9 / 10, CAPACITY * 11 / 10);
    for (long bound : new long[] {CAPACITY / 2, CAPACITY / 10, CAPACITY / 4, 1 << 20}) {
      storage.memory().limitBlocks(bound);
      assertThat(usage()).as("blocks under a bound of %s", bound).isLessThan(bound * 9 / 8);
      readAll();
      assertThat(usage()).as("blocks after reads").isLessThan(bound * 3 / 2);
    }
    storage.memory().limitBlocks(CAPACITY);
    readAll();
    assertThat(usage()).isBetween(CAPACITY * 9 / 10, CAPACITY * 11 / 10);
  }

  /** What is reserved is a number to RocksDB and takes neither files nor memory that counts. */
  @Test
  void theReserveLeavesNothingBehind() {
    storage.memory().limitBlocks(1 << 20);
    assertThat(new File("/reserve")).doesNotExist();
    assertThat(storage.memory().memtableBytes()).isLessThan(CAPACITY / 2);
    assertThat(storage.memory().pinnedBytes()).isLessThan(2 << 20);
  }

  @Test
  void readersBesideAreNotMisled() throws Exception {
    Thread[] readers = new Thread[2];
    Throwable[] failed = new Throwable[1];
    for (int r = 0; r < readers.length; r++) {
      readers[r] = new Thread(this::readAll);
      readers[r].setUncaughtExceptionHandler((thread, e) -> failed[0] = e);
      readers[r].start();
    }
    int i = 0;
    while (readers[0].isAlive() || readers[1].isAlive()) {
      storage.memory().limitBlocks(i++ % 2 == 0 ? 1 << 20 : CAPACITY);
    }
    assertThat(failed[0]).isNull();
    assertThat(i).isPositive();
  }
}
