package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows are found by the number in their key column. */
final class KeyColumnTest {
  private static final int[] WIDTHS = {8, 8};
  private static final int KEY = 1;

  @TempDir Path directory;

  private PostingIndex open() {
    return PostingIndexes.open(new PostingIndexOptions(directory, "keys", WIDTHS, KEY, 1_000));
  }

  private static void put(PostingIndex index, long ordinal, long key) {
    IndexBatch batch = new IndexBatch();
    batch.putRow(ordinal, new long[] {ordinal, key});
    index.apply(batch, index.watermark() + 1);
  }

  private static void remove(PostingIndex index, long ordinal) {
    IndexBatch batch = new IndexBatch();
    batch.removeRow(ordinal);
    index.apply(batch, index.watermark() + 1);
  }

  @Test
  void a_row_is_found_by_its_present_key_only() {
    try (PostingIndex index = open()) {
      assertThat(index.find(7)).isEqualTo(PostingIndex.NO_ROW);
      put(index, 3, 7);
      assertThat(index.find(7)).isEqualTo(3);
      put(index, 3, 8);
      assertThat(index.find(7)).isEqualTo(PostingIndex.NO_ROW);
      assertThat(index.find(8)).isEqualTo(3);
      remove(index, 3);
      assertThat(index.find(8)).isEqualTo(PostingIndex.NO_ROW);
      put(index, 3, 8);
      assertThat(index.find(8)).isEqualTo(3);
    }
  }

  @Test
  void what_several_rows_hold_is_unsure_until_one_is_left() {
    try (PostingIndex index = open()) {
      put(index, 1, 7);
      put(index, 2, 7);
      assertThat(index.find(7)).isEqualTo(PostingIndex.UNSURE);
      remove(index, 1);
      assertThat(index.find(7)).isEqualTo(2);
    }
  }

  @Test
  void an_ordinal_too_large_for_the_table_makes_it_unsure_of_what_it_lacks() {
    try (PostingIndex index = open()) {
      put(index, 1, 7);
      put(index, 1L << 33, 8);
      assertThat(index.find(7)).isEqualTo(1);
      assertThat(index.find(8)).isEqualTo(PostingIndex.UNSURE);
      assertThat(index.find(9)).isEqualTo(PostingIndex.UNSURE);
    }
    try (PostingIndex index = open()) {
      assertThat(index.find(8)).isEqualTo(PostingIndex.UNSURE);
    }
  }

  @Test
  void without_a_key_column_every_key_is_unsure() {
    try (PostingIndex index =
        PostingIndexes.open(new PostingIndexOptions(directory, "none", WIDTHS, 1_000))) {
      put(index, 1, 7);
      assertThat(index.find(7)).isEqualTo(PostingIndex.UNSURE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, 0, 2})
  void only_columns_of_eight_bytes_can_be_looked_up(int column) {
    PostingIndexOptions options =
        new PostingIndexOptions(directory, "wrong", new int[] {4, 8}, column, 1_000);
    assertThatThrownBy(() -> PostingIndexes.open(options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Integer.toString(column));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void after_many_changes_loads_and_reopens_the_rows_of_the_model_are_found(long seed) {
    Random random = new Random(seed);
    Map<Long, Long> model = new HashMap<>(); // ordinal to key
    for (int round = 0; round < 4; round++) {
      try (PostingIndex index = open()) {
        check(index, model, "seed " + seed + " after reopen " + round);
        IndexBatch batch = new IndexBatch();
        for (int i = 0; i < 4_000; i++) {
          long ordinal = random.nextInt(6_000);
          if (random.nextInt(3) == 0) {
            batch.removeRow(ordinal);
            model.remove(ordinal);
          } else {
            long key = random.nextInt(20_000) - 10_000L;
            batch.putRow(ordinal, new long[] {0, key});
            model.put(ordinal, key);
          }
        }
        index.apply(batch, round + 1L);
        check(index, model, "seed " + seed + " round " + round);
        if (round == 2) {
          IndexLoader loader = index.load();
          for (long ordinal : model.keySet().stream().sorted().toList()) {
            loader.ordinal(ordinal, new long[] {0, model.get(ordinal)});
          }
          loader.finish(9);
          check(index, model, "seed " + seed + " loaded");
        }
      }
    }
  }

  private static void check(PostingIndex index, Map<Long, Long> model, String context) {
    Map<Long, List<Long>> byKey = new HashMap<>();
    model.forEach(
        (ordinal, key) -> byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(ordinal));
    for (long key = -10_001; key <= 10_001; key++) {
      List<Long> rows = byKey.getOrDefault(key, List.of());
      long expected =
          rows.isEmpty()
              ? PostingIndex.NO_ROW
              : rows.size() == 1 ? rows.get(0) : PostingIndex.UNSURE;
      assertThat(index.find(key)).as("key %s, %s", key, context).isEqualTo(expected);
    }
  }

  /**
   * Beside a writer that inserts, removes and lets the table grow, a reader finds every row that
   * stays, no row for a key that never was, and of those that come and go the row or none.
   */
  @Test
  void a_reader_beside_the_writer_misses_no_row_that_stays() throws InterruptedException {
    int staying = 500;
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<String> wrong = new AtomicReference<>();
    CountDownLatch reading = new CountDownLatch(1);
    try (PostingIndex index = open()) {
      IndexBatch batch = new IndexBatch();
      for (long i = 0; i < staying; i++) {
        batch.putRow(i, new long[] {0, i});
      }
      index.apply(batch, 1);
      Thread reader =
          new Thread(
              () -> {
                long i = 0;
                while (!done.get() && wrong.get() == null) {
                  reading.countDown();
                  i++;
                  expect(wrong, index, i % staying, i % staying, i % staying);
                  expect(wrong, index, -1 - i % 1_000, PostingIndex.NO_ROW, PostingIndex.NO_ROW);
                  long guest = staying + i % 3_000;
                  expect(wrong, index, guest, guest, PostingIndex.NO_ROW);
                }
              });
      reader.start();
      reading.await(); // else all may be written before it first looks
      try {
        for (int round = 0; round < 60; round++) {
          batch.reset();
          for (long i = staying; i < staying + 50L * (round + 1); i++) {
            batch.putRow(i, new long[] {0, i});
          }
          index.apply(batch, 2);
          batch.reset();
          for (long i = staying; i < staying + 50L * (round + 1); i++) {
            batch.removeRow(i);
          }
          index.apply(batch, 2);
        }
      } finally {
        done.set(true);
        reader.join();
      }
    }
    assertThat(wrong.get()).isNull();
  }

  private static void expect(
      AtomicReference<String> wrong, PostingIndex index, long key, long one, long other) {
    long found = index.find(key);
    if (found != one && found != other) {
      wrong.compareAndSet(null, "key " + key + " gave " + found);
    }
  }
}
