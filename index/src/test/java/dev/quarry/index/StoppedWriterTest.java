package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.bytes;
import static dev.quarry.index.PostingIndexContractTest.ordinals;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer that stands still in the middle of an edit delays no read: every read answers, with what
 * was there before the edit or what is there after it.
 */
@Timeout(240)
final class StoppedWriterTest {
  private static final byte[] TERM = bytes("x");

  @TempDir Path directory;

  private final AtomicBoolean armed = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newFixedThreadPool(3);
  private PostingIndex index;

  @BeforeEach
  void open() {
    PostingIndexes.prepareJvm();
    index =
        ChroniclePostingIndex.open(
            new PostingIndexOptions(directory, "stopped", new int[] {8, 8}, 1_000),
            () -> {
              if (armed.compareAndSet(true, false)) {
                stopped.countDown();
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
  }

  @AfterEach
  void close() throws InterruptedException {
    goOn.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    index.close();
  }

  private void fill(int n, int step) {
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < n; i++) {
      batch.add(1, TERM, (long) i * step);
      batch.add(2, TERM, i);
    }
    index.apply(batch, 1);
  }

  /** Stops the writer in its next edit, reads, and lets it go on. */
  private void stopIn(IndexBatch batch, Runnable reads) throws Exception {
    armed.set(true);
    Future<?> writer = threads.submit(() -> index.apply(batch, 2));
    assertThat(stopped.await(60, TimeUnit.SECONDS)).isTrue();
    List<Future<?>> readers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      readers.add(
          threads.submit(
              () -> {
                for (int n = 0; n < 200; n++) {
                  reads.run();
                }
              }));
    }
    for (Future<?> reader : readers) {
      reader.get(60, TimeUnit.SECONDS);
    }
    assertThat(writer.isDone()).isFalse();
    goOn.countDown();
    writer.get(60, TimeUnit.SECONDS);
  }

  private void assertReads(long[] expected, long probe, boolean present) {
    Postings postings = index.term(1, TERM);
    assertThat(ordinals(postings)).isEqualTo(expected);
    assertThat(postings.contains(probe)).isEqualTo(present);
    Postings all = Postings.range(0, 65_536);
    assertThat(Postings.and(List.of(all, postings)).cardinality()).isEqualTo(expected.length);
    assertThat(Postings.andNot(all, postings).cardinality()).isEqualTo(65_536 - expected.length);
    assertThat(Postings.and(List.of(postings, Postings.of(probe))).cardinality())
        .isEqualTo(present ? 1 : 0);
    assertThat(index.term(2, TERM).contains(3)).isTrue();
  }

  @Test
  void within_the_change_of_a_bit() throws Exception {
    fill(20_000, 3);
    long[] before = ordinals(index.term(1, TERM));
    IndexBatch batch = new IndexBatch();
    batch.add(1, TERM, 1);
    stopIn(batch, () -> assertReads(before, 1, false));
    assertThat(index.term(1, TERM).contains(1)).isTrue();
  }

  @Test
  void within_the_change_of_an_array() throws Exception {
    fill(1_000, 3);
    IndexBatch batch = new IndexBatch();
    batch.add(1, TERM, 4_000);
    index.apply(batch, 1);
    long[] before = ordinals(index.term(1, TERM));
    batch.reset();
    batch.remove(1, TERM, 300);
    stopIn(batch, () -> assertReads(before, 300, true));
    assertThat(index.term(1, TERM).contains(300)).isFalse();
  }

  @Test
  void within_many_changes_of_a_bitmap() throws Exception {
    fill(20_000, 3);
    long[] before = ordinals(index.term(1, TERM));
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < 2_000; i++) {
      batch.add(1, TERM, i);
    }
    stopIn(batch, () -> assertReads(before, 1, false));
    assertThat(index.term(1, TERM).contains(1)).isTrue();
  }

  @Test
  void within_the_move_of_a_container() throws Exception {
    fill(12, 3);
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < 2_000; i++) {
      batch.add(1, TERM, i * 3L);
    }
    long[] after = new long[2_000];
    for (int i = 0; i < after.length; i++) {
      after[i] = i * 3L;
    }
    stopIn(batch, () -> assertReads(after, 3_000, true));
  }

  @Test
  void within_the_change_of_a_row() throws Exception {
    IndexBatch batch = new IndexBatch();
    batch.putRow(7, new long[] {1, 1});
    batch.putRow(8, new long[] {5, 5});
    index.apply(batch, 1);
    batch.reset();
    batch.putRow(7, new long[] {2, 2});
    stopIn(
        batch,
        () -> {
          long[] row = new long[2];
          assertThat(index.row(7, row)).isTrue();
          assertThat(row).containsExactly(1, 1);
          assertThat(index.column(7, 1, 0)).isEqualTo(1);
          assertThat(index.column(8, 1, 0)).isEqualTo(5);
          assertThat(index.row(9, row)).isFalse();
        });
    assertThat(index.column(7, 0, 0)).isEqualTo(2);
  }

  @Test
  void within_the_first_writing_of_a_row() throws Exception {
    IndexBatch batch = new IndexBatch();
    batch.putRow(7, new long[] {2, 2});
    stopIn(batch, () -> assertThat(index.row(7, new long[2])).isFalse());
    assertThat(index.column(7, 0, 0)).isEqualTo(2);
  }
}
