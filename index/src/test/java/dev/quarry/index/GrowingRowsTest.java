package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Beside a writer whose every row needs a new block, so that files and the directory of blocks grow
 * without pause, a reader finds each row that was written before, whole, and none ahead of it.
 */
@Timeout(120)
final class GrowingRowsTest {
  private static final int ROUNDS = Boolean.getBoolean("quarry.long") ? 200 : 5;
  private static final long ROWS = 2_600;

  /** More than a block of rows holds. */
  private static final long APART = 1_000;

  @TempDir Path directory;

  private static void put(PostingIndex index, long row) {
    IndexBatch batch = new IndexBatch();
    batch.putRow(row * APART, new long[] {row, -row});
    index.apply(batch, row + 1);
  }

  /** Null if the row is as it must be. */
  private static String look(PostingIndex index, long row, boolean written) {
    long[] columns = new long[2];
    boolean there = index.row(row * APART, columns);
    boolean whole = there && columns[0] == row && columns[1] == -row;
    return (written ? whole : !there || whole)
        ? null
        : "row " + row + (there ? " is " + columns[0] + ", " + columns[1] : " is not there");
  }

  private static String read(
      PostingIndex index,
      AtomicLong written,
      AtomicBoolean done,
      CountDownLatch reading,
      Random random) {
    String wrong = null;
    while (wrong == null && !done.get()) {
      reading.countDown();
      long there = written.get();
      wrong = look(index, there - 1 - random.nextInt((int) there), true);
      if (wrong == null) {
        wrong = look(index, written.get() + random.nextInt(2), false);
      }
    }
    return wrong;
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 411)
  void rows_that_were_written_stay_while_the_files_grow(long seed) throws InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      Path path = directory.resolve("index-" + round);
      PostingIndexOptions options = new PostingIndexOptions(path, "g", new int[] {4, 4}, 1_000);
      AtomicLong written = new AtomicLong(1);
      AtomicBoolean done = new AtomicBoolean();
      AtomicReference<String> wrong = new AtomicReference<>();
      Random random = new Random(seed * 31 + round);
      try (PostingIndex index = PostingIndexes.open(options)) {
        put(index, 0);
        CountDownLatch reading = new CountDownLatch(1);
        Thread reader = new Thread(() -> wrong.set(read(index, written, done, reading, random)));
        reader.start();
        reading.await(); // else all may be written before it first looks
        try {
          for (long row = 1; row < ROWS; row++) {
            put(index, row);
            written.set(row + 1);
          }
        } finally {
          done.set(true);
          reader.join();
        }
      }
      assertThat(wrong.get()).as("seed " + seed + ", round " + round).isNull();
    }
  }
}
