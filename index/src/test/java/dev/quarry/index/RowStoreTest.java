package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows and their columns, held against a plain map, also within and beside a change. */
final class RowStoreTest {
  private static final int[] WIDTHS = {1, 2, 4, 8, 1, 8};
  private static final int KEY = 5;
  private static final int ALL = -1; // also bits for which there is no column
  private static final long ABSENT = 123_456;

  @TempDir Path directory;

  private EntrySpace space;
  private RowStore rows;
  private RowBlocks blocks;

  /** Run once, in the middle of the next change. */
  private Runnable within;

  @BeforeEach
  void open() {
    int stride = RowStore.stride(WIDTHS);
    space = TestSpace.ofRows(directory, stride, 40);
    blocks = new RowBlocks(space, new Directory(64), stride);
    rows =
        new RowStore(
            blocks,
            WIDTHS,
            KEY,
            () -> {
              Runnable now = within;
              within = null;
              if (now != null) {
                now.run();
              }
            });
  }

  @AfterEach
  void close() {
    space.close();
  }

  private static long[] columns(Random random, long key) {
    long[] columns = random.longs(WIDTHS.length).toArray();
    columns[KEY] = key;
    return columns;
  }

  private static long[] fitted(long[] columns) {
    long[] fitted = new long[columns.length];
    for (int c = 0; c < columns.length; c++) {
      fitted[c] = Limits.fit(columns[c], WIDTHS[c]);
    }
    return fitted;
  }

  private void put(long ordinal, long[] columns) {
    long[] batch = new long[columns.length + 7];
    Arrays.fill(batch, -77);
    System.arraycopy(columns, 0, batch, 3, columns.length);
    rows.write(ordinal, batch, 3);
  }

  private void remove(long ordinal) {
    rows.write(ordinal, new long[0], -1);
  }

  /** Every way to read a row gives what the map has; null for none. */
  private void check(long ordinal, long[] expected) {
    long[] found = new long[WIDTHS.length];
    assertThat(rows.read(ordinal, ALL, found)).as("row %d", ordinal).isEqualTo(expected != null);
    assertThat(found).isEqualTo(expected == null ? new long[WIDTHS.length] : expected);
    long[] some = {1, 2, 3, 4, 5, 6};
    rows.read(ordinal, 0b10_0101, some);
    for (int c = 0; c < WIDTHS.length; c++) {
      boolean wanted = expected != null && (0b10_0101 >>> c & 1) != 0;
      assertThat(some[c]).isEqualTo(wanted ? expected[c] : c + 1);
      long value = expected == null ? ABSENT : expected[c];
      assertThat(rows.readColumn(ordinal, c, ABSENT)).isEqualTo(value);
      assertThat(rows.holds(ordinal, c, value)).isEqualTo(expected != null);
      assertThat(rows.holds(ordinal, c, ~value)).isFalse();
    }
  }

  @Test
  void a_row_is_as_long_as_its_columns_and_its_version_in_words_of_four_bytes() {
    assertThat(RowStore.stride(new int[0])).isEqualTo(4);
    assertThat(RowStore.stride(new int[] {8})).isEqualTo(12);
    assertThat(RowStore.stride(new int[] {4, 1})).isEqualTo(12);
    assertThat(RowStore.stride(new int[] {1, 2, 1})).isEqualTo(8);
    assertThat(RowStore.stride(WIDTHS)).isEqualTo(28);
  }

  @Test
  void rows_are_as_in_a_map() {
    Random random = new Random(1);
    TreeMap<Long, long[]> model = new TreeMap<>();
    for (int step = 0; step < 1_500; step++) {
      long ordinal = random.nextInt(30) * 50L;
      if (random.nextInt(3) == 0) {
        remove(ordinal);
        model.remove(ordinal);
      } else {
        long[] columns = columns(random, step);
        put(ordinal, columns);
        model.put(ordinal, fitted(columns));
      }
      check(ordinal, model.get(ordinal));
      assertThat(rows.rows()).isEqualTo(model.size());
    }
    for (long ordinal = 0; ordinal < 1_500; ordinal += 25) {
      long[] expected = model.get(ordinal);
      check(ordinal, expected);
      if (expected != null) {
        assertThat(rows.find(expected[KEY])).isEqualTo(ordinal);
      }
    }
    for (int c = 0; c < WIDTHS.length; c++) {
      TreeMap<Long, Long> visited = new TreeMap<>();
      rows.forEach(c, (o, value) -> assertThat(visited.put(o, value)).as("%d twice", o).isNull());
      assertThat(visited).containsOnlyKeys(model.keySet());
      int column = c;
      visited.forEach((o, value) -> assertThat(value).isEqualTo(model.get(o)[column]));
    }
    check(-1, null);
    check(1L << 39, null);
  }

  @Test
  void a_row_that_was_never_there_can_be_removed_and_takes_no_room() {
    long used = space.usedBytes();
    remove(7);
    assertThat(space.usedBytes()).isEqualTo(used);
    put(6, columns(new Random(1), 6));
    remove(7); // in a block that is there
    within = () -> assertThat(false).as("nothing is changed").isTrue();
    remove(8);
    within = null;
    assertThat(rows.rows()).isEqualTo(1);
    check(7, null);
  }

  /** Within the change of a row, it is read as it was, and others as they are. */
  private void checkWithin(long[] before, Runnable change) {
    boolean[] looked = {false};
    within =
        () -> {
          check(5, before);
          check(6, null);
          check(9, before(9));
          looked[0] = true;
        };
    change.run();
    assertThat(looked[0]).isTrue();
  }

  private static long[] before(int seed) {
    return fitted(columns(new Random(seed), seed));
  }

  @Test
  void a_reader_within_the_very_first_change_finds_nothing() {
    within = () -> check(9, null);
    put(9, columns(new Random(9), 9));
    assertThat(within).isNull();
    check(9, before(9));
  }

  @Test
  void a_reader_within_a_change_finds_the_row_as_it_was() {
    put(9, columns(new Random(9), 9));
    checkWithin(null, () -> put(5, columns(new Random(1), 1)));
    check(5, before(1));
    checkWithin(before(1), () -> put(5, columns(new Random(2), 2)));
    check(5, before(2));
    checkWithin(before(2), () -> remove(5));
    check(5, null);
    checkWithin(null, () -> put(5, columns(new Random(3), 3)));
    check(5, before(3));
  }

  /** Bit 0: being changed; bit 1: there is a row; the rest counts. */
  @Test
  void a_version_counts_the_changes_of_its_row() {
    List<Integer> versions = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      put(5, columns(new Random(i), i));
      versions.add(UnsafeApi.getInt(blocks.address(5)));
    }
    remove(5);
    versions.add(UnsafeApi.getInt(blocks.address(5)));
    put(5, columns(new Random(8), 8));
    versions.add(UnsafeApi.getInt(blocks.address(5)));
    assertThat(versions).containsExactly(6, 10, 14, 18, 22, 26, 28, 34);
  }

  @Test
  void keys_follow_the_rows() {
    put(1, columns(new Random(1), 100));
    put(1, columns(new Random(2), 100)); // the key stays
    assertThat(rows.find(100)).isEqualTo(1);
    assertThat(rows.savedKeys().getInt(4)).as("places used").isEqualTo(1);
    put(1, columns(new Random(2), 200));
    assertThat(rows.find(100)).isEqualTo(PostingIndex.NO_ROW);
    assertThat(rows.find(200)).isEqualTo(1);
    remove(1);
    assertThat(rows.find(200)).isEqualTo(PostingIndex.NO_ROW);
    put(1, columns(new Random(2), 0));
    assertThat(rows.find(0)).isEqualTo(1);
    put(1, columns(new Random(2), 300));
    remove(1);
    assertThat(rows.find(0)).isEqualTo(PostingIndex.NO_ROW);
    assertThat(rows.savedKeys().getInt(8)).as("keys").isZero();
  }

  @Test
  void without_a_key_column_nothing_is_kept_for_keys() {
    RowStore none = new RowStore(blocks, WIDTHS, -1, null);
    long bytes = rows.directoryBytes();
    none.write(3, columns(new Random(3), 3), 0);
    none.write(3, columns(new Random(4), 4), 0);
    none.adopted(null);
    assertThat(none.find(3)).isEqualTo(PostingIndex.UNSURE);
    assertThat(none.savedKeys()).isNull();
    assertThat(rows.find(4)).isEqualTo(PostingIndex.NO_ROW);
    rows.adopted(null);
    assertThat(rows.find(4)).isEqualTo(3);
    // 24 bytes before the kept row, and the table of addresses
    assertThat(none.directoryBytes()).isEqualTo(blocks.bytes() + 24 + 28);
    assertThat(bytes).isGreaterThan(none.directoryBytes());
    assertThat(rows.mayHave(0, 1)).isTrue();
    assertThat(rows.mayHave(512, 600)).isFalse();
  }

  @Test
  void rows_of_a_file_are_taken_over_with_the_saved_table_of_keys_or_without() {
    for (long ordinal = 0; ordinal < 20; ordinal++) {
      put(ordinal, columns(new Random(ordinal), ordinal + 100));
    }
    ByteBuffer saved = rows.savedKeys();
    for (boolean withKeys : new boolean[] {true, false}) {
      RowBlocks found = new RowBlocks(space, new Directory(64), RowStore.stride(WIDTHS));
      RowStore again = new RowStore(found, WIDTHS, KEY, null);
      space.forEach((key, address, bytes) -> assertThat(again.adopt(key, address, bytes)).isTrue());
      space.forEach(
          (key, address, bytes) -> assertThat(again.adopt(key, address, bytes)).isFalse());
      again.adopted(withKeys ? saved.duplicate().order(saved.order()) : null);
      for (long ordinal = 0; ordinal < 20; ordinal++) {
        assertThat(again.find(ordinal + 100)).isEqualTo(ordinal);
      }
      assertThat(again.find(99)).isEqualTo(PostingIndex.NO_ROW);
    }
    ByteBuffer emptied = ByteBuffer.allocateDirect(saved.limit()).order(saved.order());
    emptied.put(0, saved, 0, 16); // its numbers, and no key
    rows.adopted(emptied);
    assertThat(rows.find(100)).as("the saved table is believed").isNotZero();
  }

  @Test
  void the_first_column_can_be_the_key() {
    int stride = RowStore.stride(new int[] {8});
    RowBlocks own = new RowBlocks(space, new Directory(64), stride);
    RowStore first = new RowStore(own, new int[] {8}, 0, null);
    first.write(3, new long[] {30}, 0);
    assertThat(first.find(30)).isEqualTo(3);
  }

  /** Of rows so wide that a writer is through with them before a reader is. */
  @Test
  void beside_a_writer_that_dwells_in_its_changes_rows_are_read_whole() throws Exception {
    int[] widths = new int[150];
    Arrays.fill(widths, 8);
    int stride = RowStore.stride(widths);
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch reading = new CountDownLatch(1);
    EntrySpace wide = TestSpace.ofRows(Files.createDirectory(directory.resolve("wide")), stride, 4);
    try {
      RowBlocks own = new RowBlocks(wide, new Directory(64), stride);
      RowStore store = new RowStore(own, widths, -1, RowStoreTest::dwell);
      long[] columns = new long[widths.length];
      store.write(5, columns, 0);
      FutureTask<String> wrong =
          new FutureTask<>(() -> readWide(store, widths.length, done, reading));
      Thread reader = new Thread(wrong);
      reader.start();
      try {
        reading.await();
        long end = System.nanoTime() + 300_000_000;
        for (int i = 1; System.nanoTime() < end && !wrong.isDone(); i++) {
          Arrays.fill(columns, i);
          store.write(5, columns, 0);
        }
      } finally {
        done.set(true);
        reader.join(); // before what it reads is unmapped
      }
      assertThat(wrong.get()).isNull();
    } finally {
      wide.close();
    }
  }

  private static void dwell() {
    for (int i = 0; i < 30; i++) {
      Thread.onSpinWait();
    }
  }

  private static String readWide(
      RowStore rows, int width, AtomicBoolean done, CountDownLatch reading) {
    long[] columns = new long[width];
    while (!done.get()) {
      reading.countDown();
      if (!rows.read(5, -1, columns)) {
        return "the row is not there";
      }
      for (long column : columns) {
        if (column != columns[0]) {
          return "a mix of " + columns[0] + " and " + column;
        }
      }
    }
    return null;
  }

  /** The columns of each version are all of one number: a mix of two versions shows. */
  @Test
  void beside_a_writer_rows_are_read_whole() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch reading = new CountDownLatch(1);
    put(5, same(1));
    FutureTask<String> wrong = new FutureTask<>(() -> read(done, reading));
    Thread reader = new Thread(wrong);
    reader.start();
    try {
      reading.await();
      long end = System.nanoTime() + 300_000_000;
      for (int i = 1; System.nanoTime() < end && !wrong.isDone(); i++) {
        put(5, same(i & 127));
        put(6, same(-(i & 127) - 1));
        if (i % 16 == 0) {
          remove(6);
        }
      }
    } finally {
      done.set(true);
      reader.join(); // before what it reads is unmapped
    }
    assertThat(wrong.get()).isNull();
  }

  private static long[] same(long number) {
    long[] columns = new long[WIDTHS.length];
    Arrays.fill(columns, number);
    return columns;
  }

  private String read(AtomicBoolean done, CountDownLatch reading) {
    long[] columns = new long[WIDTHS.length];
    for (int i = 0; !done.get(); i++) {
      reading.countDown();
      int ordinal = 5 + (i & 1);
      boolean there = rows.read(ordinal, ALL, columns);
      if (there ? !whole(columns, ordinal) : ordinal == 5) {
        return "row " + ordinal + " is " + there + ": " + Arrays.toString(columns);
      }
      long value = rows.readColumn(ordinal, 3, ABSENT);
      if (value == ABSENT ? ordinal == 5 : value < 0 != (ordinal == 6)) {
        return "column of row " + ordinal + " is " + value;
      }
    }
    return null;
  }

  private static boolean whole(long[] columns, int ordinal) {
    for (long column : columns) {
      if (column != columns[0] || column < 0 != (ordinal == 6)) {
        return false;
      }
    }
    return true;
  }
}
