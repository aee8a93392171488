package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index sized for a thousand ordinals takes millions. */
final class GrowthTest {
  private static final int ORDINALS = 2_000_000;
  private static final int UNIQUE = 200_000;

  @TempDir Path directory;

  private PostingIndex open() {
    return PostingIndexes.open(
        new PostingIndexOptions(directory, "growth", new int[] {8, 4}, 1_000));
  }

  @Test
  void batches_grow_the_index() {
    try (PostingIndex index = open()) {
      IndexBatch batch = new IndexBatch();
      for (int from = 0; from < ORDINALS; from += 1_000) {
        batch.reset();
        for (int o = from; o < from + 1_000; o++) {
          batch.add(0, bytes("s" + o % 6), o);
          batch.add(1, bytes("a" + o % 997), o);
          batch.putRow(o, new long[] {o, -o});
        }
        index.apply(batch, from);
      }
      check(index);
    }
    try (PostingIndex index = open()) {
      assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
      check(index);
    }
  }

  private static void check(PostingIndex index) {
    long status = 0;
    for (int s = 0; s < 6; s++) {
      status += index.term(0, bytes("s" + s)).cardinality();
    }
    assertThat(status).isEqualTo(ORDINALS);
    long agents = 0;
    for (int a = 0; a < 997; a++) {
      agents += PostingIndexContractTest.ordinals(index.term(1, bytes("a" + a))).length;
    }
    assertThat(agents).isEqualTo(ORDINALS);
    assertThat(index.stats().rows()).isEqualTo(ORDINALS);
    long[] row = new long[2];
    for (int o = 0; o < ORDINALS; o += 101) {
      assertThat(index.row(o, row)).isTrue();
      assertThat(row).containsExactly(o, -o);
    }
  }

  @Test
  void unique_values_grow_the_index() {
    try (PostingIndex index = open()) {
      IndexBatch batch = new IndexBatch();
      for (int o = 0; o < UNIQUE; o++) {
        batch.add(7, bytes("unique-value-" + o), o);
        if (batch.termChanges() == 5_000) {
          index.apply(batch, o);
          batch.reset();
        }
      }
      assertThat(index.stats().terms()).isEqualTo(UNIQUE);
      for (int o = 0; o < UNIQUE; o += 97) {
        Postings postings = index.term(7, bytes("unique-value-" + o));
        assertThat(postings.cardinality()).isEqualTo(1);
        assertThat(postings.cursor().next()).isEqualTo(o);
      }
      assertThat(index.stats().bytes() / UNIQUE).isLessThan(400);
    }
    try (PostingIndex index = open()) {
      assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
      assertThat(index.stats().terms()).isEqualTo(UNIQUE);
      assertThat(index.term(7, bytes("unique-value-4711")).contains(4711)).isTrue();
    }
  }

  @Test
  void space_that_moving_containers_leave_is_used_again() {
    try (PostingIndex index = open()) {
      Random random = new Random(1);
      IndexBatch batch = new IndexBatch();
      long after = 0;
      for (int round = 0; round < 60; round++) {
        batch.reset();
        if (round % 2 == 0) {
          for (int i = 0; i < 40_000; i++) {
            batch.add(1, bytes("t" + i % 40), random.nextInt(400_000));
          }
        } else {
          for (int ordinal = 0; ordinal < 400_000; ordinal++) {
            batch.remove(1, bytes("t" + ordinal % 40), ordinal);
          }
        }
        index.apply(batch, round);
        if (round == 20) {
          after = index.stats().bytes();
        }
      }
      assertThat(index.stats().bytes()).isLessThan(2 * after);
    }
  }
}
