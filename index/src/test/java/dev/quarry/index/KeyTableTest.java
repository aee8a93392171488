package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

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

/** What the table of keys holds and gives, also at the moment when it is built anew. */
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
    int stride = RowStore.stride(WIDTHS);
    space = TestSpace.ofRows(directory, stride, 10);
    addresses = new InterruptedDirectory();
    rows = new RowStore(new RowBlocks(space, addresses, stride), WIDTHS, 0, null);
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

  @Test
  void aKeyOfRowZeroAndOfAnotherIsUnsure() {
    put(0, 7);
    put(1, 7);
    assertThat(rows.find(7)).isEqualTo(PostingIndex.UNSURE);
    rows.write(1, new long[0], -1);
    assertThat(rows.find(7)).isZero();
  }

  /** Tables are saved, so that another release reads what this one has put where. */
  @Test
  void aKeyStandsWhereItsHashSays() {
    fill(0);
    put(0, 42);
    ByteBuffer saved = rebuilt().saved();
    assertThat(saved.remaining()).isEqualTo(16 + 5 * GROWN);
    assertThat(saved.getInt(0)).isEqualTo(GROWN);
    int[] homes = new int[GROWN];
    for (long ordinal = 0; ordinal < FULL; ordinal++) {
      homes[place(key(ordinal))]++;
    }
    int alone = 0;
    for (long ordinal = 0; ordinal < FULL; ordinal++) {
      int at = place(key(ordinal));
      int before = at == 0 ? GROWN - 1 : at - 1;
      if (homes[at] == 1 && saved.get(16 + 4 * GROWN + before) == 0) {
        alone++; // nothing else can have come there
        assertThat(saved.getInt(16 + 4 * at)).isEqualTo((int) ordinal);
        assertThat(saved.get(16 + 4 * GROWN + at)).isEqualTo((byte) (tag(key(ordinal)) + 2));
      }
    }
    assertThat(alone).isGreaterThan(5);
  }

  private static long key(long ordinal) {
    return ordinal == 0 ? 42 : LIMIT + ordinal;
  }

  private KeyTable rebuilt() {
    KeyTable table = new KeyTable(rows, 0);
    table.rebuild();
    return table;
  }

  /** A key that leaves gives up its slot, whether the row goes or takes another key. */
  @Test
  void asManySlotsAreInUseAsThereAreRows() {
    for (long ordinal = 0; ordinal < 10; ordinal++) {
      put(ordinal, LIMIT + ordinal);
    }
    put(0, 1);
    put(1, 2);
    rows.write(2, new long[0], -1);
    ByteBuffer saved = rows.savedKeys();
    assertThat(saved.getInt(4)).as("used").isEqualTo(12);
    assertThat(saved.getInt(8)).as("live").isEqualTo(9);
    int gone = 0;
    int live = 0;
    for (int at = 16 + 4 * saved.getInt(0); at < saved.limit(); at++) {
      gone += saved.get(at) == 1 ? 1 : 0;
      live += saved.get(at) == 0 || saved.get(at) == 1 ? 0 : 1;
    }
    assertThat(gone).isEqualTo(3);
    assertThat(live).isEqualTo(9);
  }

  @Test
  void aTableIsFullAtFourFifths() {
    for (long ordinal = 0; ordinal < 38; ordinal++) {
      put(ordinal, LIMIT + ordinal);
    }
    KeyTable table = rebuilt();
    assertThat(table.bytes()).isEqualTo(5 * 80);
    for (long ordinal = 38; ordinal < 64; ordinal++) {
      assertThat(table.add(LIMIT + ordinal, ordinal)).as("built anew").isFalse();
    }
    assertThat(table.live()).isEqualTo(64);
    assertThat(table.add(LIMIT + 64, 64)).as("built anew").isTrue();
    assertThat(table.live()).as("from the rows").isEqualTo(38);
  }

  @Test
  void aTableOfTheSmallestSizeIsTakenOver() {
    put(0, 1);
    ByteBuffer saved = rebuilt().saved();
    assertThat(saved.getInt(0)).isEqualTo(64);
    KeyTable table = new KeyTable(rows, 0);
    assertThat(table.restore(saved)).isTrue();
    assertThat(table.find(1)).isZero();
  }

  @Test
  void ordinalsOf32BitsAreHeldAndLargerOnesMakeItUnsure() {
    long last = 0xFFFF_FFFFL;
    put(last, 5);
    assertThat(rows.find(5)).isEqualTo(last);
    assertThat(rows.find(6)).isEqualTo(PostingIndex.NO_ROW);
    assertThat(rebuilt().find(5)).isEqualTo(last);
    assertThat(rebuilt().saved()).isNotNull();
    put(last + 1, 6);
    for (KeyTable table : List.of(rebuilt(), withTooLarge())) {
      assertThat(table.find(6)).isEqualTo(PostingIndex.UNSURE);
      assertThat(table.find(8)).isEqualTo(PostingIndex.UNSURE);
      assertThat(table.saved()).isNull();
      assertThat(table.add(7, 7)).as("built anew").isFalse();
    }
  }

  private KeyTable withTooLarge() {
    KeyTable table = new KeyTable(rows, 0);
    assertThat(table.add(6, 0x1_0000_0000L)).as("built anew").isFalse();
    return table;
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
