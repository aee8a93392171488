package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

  private void check(Map<Long, Long> model) {
    Map<Long, List<Long>> byKey = new HashMap<>();
    model.forEach(
        (ordinal, key) -> byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(ordinal));
    for (long key = -160; key <= 160; key++) {
      List<Long> held = byKey.getOrDefault(key, List.of());
      long expected =
          held.isEmpty()
              ? PostingIndex.NO_ROW
              : held.size() == 1 ? held.get(0) : PostingIndex.UNSURE;
      if (rows.find(key) != expected) {
        throw new AssertionError(key + " gives " + rows.find(key) + " for " + expected);
      }
    }
  }

  private void changeAtRandom(Random random, Map<Long, Long> model, int changes) {
    for (int i = 0; i < changes; i++) {
      long ordinal = random.nextInt(120);
      if (random.nextInt(3) == 0) {
        rows.write(ordinal, new long[0], -1);
        model.remove(ordinal);
      } else {
        long key = random.nextInt(300) - 150L;
        put(ordinal, key);
        model.put(ordinal, key);
      }
      if (i % 20 == 0) {
        check(model);
      }
    }
    check(model);
  }

  @Test
  void changesGiveWhatAMapGivesAlsoAfterTheTableWasSaved() {
    Random random = new Random(2);
    Map<Long, Long> model = new HashMap<>();
    changeAtRandom(random, model, 500);
    ByteBuffer saved = rows.savedKeys();
    rows.adopted(saved.duplicate().order(saved.order()));
    check(model);
    changeAtRandom(random, model, 300);
    rows.adopted(null);
    check(model);
    assertThat(rows.savedKeys().getInt(8)).isEqualTo(model.size());
  }

  /** One defect at a time: each is found, and the table is built from the rows. */
  @Test
  void whatIsNoTableForTheseRowsIsNotTakenOver() {
    fill(0);
    KeyTable table = new KeyTable(rows, 0);
    table.rebuild();
    ByteBuffer whole = table.saved();
    int capacity = whole.getInt(0);
    assertThat(whole.getInt(4)).isEqualTo(FULL);
    assertThat(whole.getInt(8)).isEqualTo(FULL);
    assertThat(table.live()).isEqualTo(FULL);
    assertThat(table.bytes()).isEqualTo(5L * capacity);
    assertThat(new KeyTable(rows, 0).restore(copy(whole))).isTrue();
    assertThat(new KeyTable(rows, 0).restore(copy(whole).limit(15))).isFalse();
    assertThat(new KeyTable(rows, 0).restore(copy(whole).limit(whole.limit() - 1))).isFalse();
    refused(whole, 0, capacity - 8);
    refused(whole, 4, FULL - 1);
    refused(whole, 4, capacity);
    refused(whole, 8, FULL - 1);
    ByteBuffer noneFree = copy(whole);
    for (int at = 16 + 4 * capacity; at < noneFree.limit(); at++) {
      noneFree.put(at, (byte) 1);
    }
    assertThat(new KeyTable(rows, 0).restore(noneFree)).isFalse();
  }

  private void refused(ByteBuffer whole, int at, int wrong) {
    assertThat(new KeyTable(rows, 0).restore(copy(whole).putInt(at, wrong))).isFalse();
  }

  private static ByteBuffer copy(ByteBuffer saved) {
    ByteBuffer copy = ByteBuffer.allocateDirect(saved.limit()).order(saved.order());
    return copy.put(saved.duplicate()).flip();
  }
}
