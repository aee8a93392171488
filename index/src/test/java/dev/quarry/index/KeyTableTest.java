package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to the table of keys at the moment when it is built anew. */
final class KeyTableTest {
  private static final int[] WIDTHS = {8};
  private static final long LIMIT = 1_000_000;

  /** Rows that a table of the smallest size takes: the next one makes it grow. */
  private static final int FULL = 51;

  /** What it grows to. */
  private static final int GROWN = 104;

  @TempDir Path directory;

  private InterruptedDirectory addresses;
  private EntrySpace space;
  private RowStore rows;

  @BeforeEach
  void open() {
    PostingIndexes.prepareJvm();
    addresses = new InterruptedDirectory();
    space = new EntrySpace((RowStore.entryBytes(WIDTHS) + 16 + 7) / 8 * 8, 1, this::file);
    space.grow(10);
    rows = new RowStore(space, addresses, WIDTHS, 0, null);
  }

  private EntryFile file(EntryFile.Size size) {
    try {
      return new EntryFile(directory.resolve("rows"), size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    space.close();
  }

  private void put(long ordinal, long key) {
    rows.write(ordinal, new long[] {key}, 0);
  }

  private void fill(long from) {
    for (long ordinal = from; ordinal < FULL; ordinal++) {
      put(ordinal, LIMIT + ordinal);
    }
  }

  private static int place(long key) {
    return (int) (((Hash.mix(key) >>> 32) * GROWN) >>> 32);
  }

  private static long tag(long key) {
    return ((Hash.mix(key) & 0xFFFF) * 254) >>> 16;
  }

  @Test
  void aKeyThatTakesAnothersPlaceInItsRowIsFoundInAGrownTable() {
    List<Long> likes = new ArrayList<>();
    for (long key = 2; key < LIMIT; key++) {
      if (tag(key) == tag(1) && place(key) == place(1)) {
        likes.add(key); // in the grown table it looks like key 1
      }
    }
    assertThat(likes).isNotEmpty();
    put(0, 1);
    fill(1);
    assertThat(rows.find(1)).isZero();
    long like = likes.get(0);
    put(0, like);
    assertThat(rows.find(like)).isZero();
    assertThat(rows.find(1)).isEqualTo(PostingIndex.NO_ROW);
    for (long ordinal = 1; ordinal < FULL; ordinal++) {
      assertThat(rows.find(LIMIT + ordinal)).isEqualTo(ordinal);
    }
  }

  @Test
  void aKeyThatGoesToAnotherRowWhileTheTableGrowsIsNotMissed() {
    put(0, 1);
    fill(1);
    addresses.interruption =
        () -> {
          put(FULL, 1); // the table grows, and the reader stands in the old one
          rows.write(0, new long[0], -1);
        };
    assertThat(rows.find(1)).isEqualTo(FULL);
  }
}
