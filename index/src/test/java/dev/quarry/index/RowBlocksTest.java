package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks of rows thin out, fill up again and go away, and nobody who reads rows notices. */
@Timeout(180)
final class RowBlocksTest {
  private static final int[] WIDTHS = {8, 4};
  private static final int STRIDE = RowStore.stride(WIDTHS);
  private static final int BLOCK = RowBlocks.ROWS;
  private static final boolean LONG = Boolean.getBoolean("quarry.long");

  @TempDir Path directory;

  private EntrySpace space;
  private InterruptedBlocks blocks;
  private RowStore rows;

  /** Runs something once after a reader has asked so many times whether memory was given back. */
  private static final class InterruptedBlocks extends RowBlocks {
    private int after;
    private Runnable interruption;

    InterruptedBlocks(EntrySpace space) {
      super(space, new Directory(64), STRIDE);
    }

    void interrupt(int checks, Runnable with) {
      after = checks;
      interruption = with;
    }

    @Override
    long frees() {
      long frees = super.frees();
      if (interruption != null && --after == 0) {
        Runnable now = interruption;
        interruption = null;
        now.run();
      }
      return frees;
    }
  }

  @BeforeEach
  void open() {
    space = TestSpace.ofRows(directory, STRIDE, 200);
    blocks = new InterruptedBlocks(space);
    rows = new RowStore(blocks, WIDTHS, 0, null);
  }

  @AfterEach
  void close() {
    space.close();
  }

  private void put(long ordinal) {
    rows.write(ordinal, new long[] {key(ordinal), -ordinal}, 0);
  }

  private static long key(long ordinal) {
    return 7_000_000 + ordinal;
  }

  private void remove(long ordinal) {
    rows.write(ordinal, new long[0], -1);
  }

  private void fill(long from, long to) {
    for (long ordinal = from; ordinal < to; ordinal++) {
      put(ordinal);
    }
  }

  private void empty(long from, long to) {
    for (long ordinal = from; ordinal < to; ordinal++) {
      remove(ordinal);
    }
  }

  private void assertThere(long ordinal) {
    long[] columns = new long[2];
    assertThat(rows.read(ordinal, 3, columns)).as("row %d", ordinal).isTrue();
    assertThat(columns).containsExactly(key(ordinal), -ordinal);
    assertThat(rows.readColumn(ordinal, 1, 5)).isEqualTo(-ordinal);
    assertThat(rows.find(key(ordinal))).isEqualTo(ordinal);
  }

  private void assertAbsent(long ordinal) {
    long[] columns = {1, 2};
    assertThat(rows.read(ordinal, 3, columns)).as("row %d", ordinal).isFalse();
    assertThat(columns).containsExactly(1, 2);
    assertThat(rows.readColumn(ordinal, 1, 5)).isEqualTo(5);
    assertThat(rows.find(key(ordinal))).isEqualTo(PostingIndex.NO_ROW);
  }

  @Test
  void what_is_inserted_and_removed_leaves_nothing_but_the_newest_block() {
    fill(0, BLOCK);
    long one = space.usedBytes();
    for (long from = BLOCK; from < 60 * BLOCK; from += BLOCK) {
      fill(from, from + BLOCK);
      empty(from - BLOCK, from);
      assertThat(space.usedBytes()).isEqualTo(one);
    }
    empty(59 * BLOCK, 60 * BLOCK);
    assertThat(rows.rows()).isZero();
    assertThat(space.usedBytes()).isEqualTo(one);
    assertThat(rows.mayHave(0, 59 * BLOCK)).isFalse();
    assertThat(rows.mayHave(58 * BLOCK, 59 * BLOCK + 1)).isTrue();
    assertThat(rows.mayHave(59 * BLOCK + 1, 61 * BLOCK)).isTrue();
    put(60 * BLOCK);
    assertThat(space.usedBytes()).isEqualTo(one);
    assertAbsent(59 * BLOCK);
    assertThere(60 * BLOCK);
  }

  @Test
  void a_block_of_few_rows_takes_little_room() {
    fill(0, 20 * BLOCK + 1);
    long full = space.usedBytes();
    for (long ordinal = 0; ordinal < 20 * BLOCK; ordinal++) {
      if (ordinal % 100 != 3) {
        remove(ordinal);
      }
    }
    assertThat(space.usedBytes()).isLessThan(full / 6);
    for (long ordinal = 3; ordinal < 20 * BLOCK; ordinal += 100) {
      assertThere(ordinal);
      assertAbsent(ordinal + 1);
    }
    rows.write(203, new long[] {key(1), -1}, 0); // changed where it is
    assertThat(rows.readColumn(203, 1, 5)).isEqualTo(-1);
    put(204); // for which there is no slot
    put(203);
    assertThere(204);
    assertThere(203);
    assertThere(303);
    assertThat(rows.find(key(1))).isEqualTo(PostingIndex.NO_ROW);
  }

  /** Files that another release wrote have blocks of these sizes. */
  @Test
  void blocks_are_as_large_as_their_rows_and_chunks_a_sixteenth() {
    int[][] sizes = {{4, 2_064, 136}, {12, 6_160, 392}, {16, 8_208, 520}, {52, 26_640, 1_672}};
    for (int[] size : sizes) {
      assertThat(RowBlocks.fullBytes(size[0])).isEqualTo(size[1]);
      assertThat(RowBlocks.chunkBytes(size[0])).isEqualTo(size[2]);
    }
  }

  /** And only where fewer chunks are. */
  @Test
  void a_block_thins_out_when_half_of_its_room_is_enough() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    int[] widths = {8};
    int stride = RowStore.stride(widths);
    try (Closing own = new Closing(TestSpace.ofRows(other, stride, 20))) {
      RowBlocks blocks = new RowBlocks(own.space, new Directory(64), stride);
      RowStore rows = new RowStore(blocks, widths, -1, null);
      for (long ordinal = 0; ordinal <= BLOCK; ordinal++) {
        rows.write(ordinal, new long[] {ordinal}, 0);
      }
      List<Integer> moves = new ArrayList<>();
      for (int present = BLOCK - 1; present > 0; present--) {
        long address = blocks.address(0);
        rows.write(present, new long[0], -1);
        if (blocks.address(0) != address) {
          moves.add(present);
        }
      }
      assertThat(moves).containsExactly(250, 121, 57, 24);
      assertThat(rows.readColumn(0, 0, 5)).isZero();
      own.space.forEach((key, at, bytes) -> assertThat(bytes).isIn(6_160L, 80 + 24L * stride));
      assertThat(blocks.bytes()).isEqualTo(new Directory(64).bytes());
    }
  }

  private record Closing(EntrySpace space) implements AutoCloseable {
    @Override
    public void close() {
      space.close();
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void any_order_of_changes_is_as_in_a_map(long seed) {
    Random random = new Random(seed);
    TreeMap<Long, Long> model = new TreeMap<>();
    int top = 0;
    for (int step = 0; step < (LONG ? 2_000_000 : 60_000); step++) {
      double x = random.nextDouble();
      if (x < 0.3 && top < 40 * BLOCK) {
        put(top);
        model.put((long) top, key(top));
        top += 1 + (random.nextInt(50) == 0 ? random.nextInt(2 * BLOCK) : 0);
      } else {
        // mostly a walk over a narrow part, so that whole blocks empty and come back
        long at = Math.floorMod(step / 3_000 * 911L + random.nextInt(BLOCK), Math.max(1, top));
        if (x < 0.9) {
          remove(at);
          model.remove(at);
        } else {
          put(at);
          model.put(at, key(at));
        }
      }
      if (step % 5_000 == 0) {
        compare(model, top, seed);
      }
    }
    compare(model, top, seed);
    RowStore again = new RowStore(new InterruptedBlocks(space), WIDTHS, 0, null);
    space.forEach((key, address, bytes) -> assertThat(again.adopt(key, address, bytes)).isTrue());
    again.adopted(null);
    rows = again;
    compare(model, top, seed);
  }

  private void compare(Map<Long, Long> model, int top, long seed) {
    assertThat(rows.rows()).as("seed %d", seed).isEqualTo(model.size());
    TreeMap<Long, Long> visited = new TreeMap<>();
    rows.forEach(0, (o, value) -> assertThat(visited.put(o, value)).as("%d twice", o).isNull());
    assertThat(visited).isEqualTo(model);
    for (long ordinal = 0; ordinal <= top; ordinal++) {
      Long key = model.get(ordinal);
      assertThat(rows.readColumn(ordinal, 0, -1)).isEqualTo(key == null ? -1 : key);
      if (key != null) {
        assertThat(rows.find(key)).isEqualTo(ordinal);
      }
    }
  }

  /**
   * Behind so many checks of the next read, the block of row 7 goes and another takes its place.
   */
  private void reuseBehind(int checks) {
    fill(0, BLOCK);
    put(50 * BLOCK);
    long row = blocks.address(7);
    blocks.interrupt(
        checks,
        () -> {
          empty(0, BLOCK);
          long taken = 0;
          for (long number = 1; taken != row; number++) {
            assertThat(number).isLessThan(49);
            fill(number * BLOCK, number * BLOCK + 20);
            taken = blocks.address(number * BLOCK + 7);
          }
        });
  }

  @ParameterizedTest(name = "behind check {0}")
  @ValueSource(ints = {1, 2})
  void a_row_whose_memory_is_anothers_by_now_is_not_taken_for_it(int checks) {
    reuseBehind(checks);
    assertThat(rows.read(7, 3, new long[2])).isFalse();
  }

  @ParameterizedTest(name = "behind check {0}")
  @ValueSource(ints = {1, 2})
  void a_column_in_memory_that_is_anothers_by_now_is_not_taken_for_it(int checks) {
    reuseBehind(checks);
    assertThat(rows.readColumn(7, 1, 5)).isEqualTo(5);
  }

  @ParameterizedTest(name = "behind check {0}")
  @ValueSource(ints = {1, 2})
  void a_row_that_moves_between_look_up_and_read_is_found(int checks) {
    fill(0, BLOCK);
    put(50 * BLOCK);
    blocks.interrupt(
        checks,
        () -> {
          for (long ordinal = 0; ordinal < BLOCK; ordinal++) {
            if (ordinal != 7) {
              remove(ordinal);
            }
          }
          fill(BLOCK, 3 * BLOCK); // over what the block has left
        });
    assertThere(7);
  }

  /** A block that has become thin in the memory where it was full, its slots elsewhere. */
  @ParameterizedTest(name = "behind check {0}")
  @ValueSource(ints = {1, 2})
  void a_row_of_a_thin_block_that_fills_up_is_found(int checks) {
    fill(0, 2 * BLOCK);
    put(50 * BLOCK);
    for (long ordinal = 0; ordinal < 2 * BLOCK; ordinal++) {
      if (ordinal % BLOCK != 7 && ordinal % BLOCK != 300) {
        remove(ordinal);
      }
    }
    blocks.interrupt(
        checks,
        () -> {
          put(8);
          remove(BLOCK + 300); // goes to where the first block was
        });
    assertThere(300);
  }

  @Test
  void beside_a_writer_that_thins_and_fills_rows_are_whole_and_those_that_stay_are_found()
      throws InterruptedException {
    fill(0, 4 * BLOCK);
    put(100 * BLOCK);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<String> wrong = new AtomicReference<>();
    Thread reader = new Thread(() -> wrong.set(read(done)));
    reader.start();
    int rounds = LONG ? 3_000 : 60;
    for (int round = 0; round < rounds && reader.isAlive(); round++) {
      for (long ordinal = 0; ordinal < 4 * BLOCK; ordinal++) {
        // of two blocks one row stays, two go away whole
        if (ordinal != 9 && ordinal != 3 * BLOCK + 9) {
          remove(ordinal);
        }
      }
      long other = (10 + round % 50) * (long) BLOCK;
      fill(other, other + 40);
      fill(0, 4 * BLOCK);
      empty(other, other + 40);
    }
    done.set(true);
    reader.join();
    assertThat(wrong.get()).isNull();
  }

  private String read(AtomicBoolean done) {
    Random random = new Random(5);
    long[] columns = new long[2];
    while (!done.get()) {
      long ordinal = random.nextInt(4) == 0 ? 9 : random.nextInt(60 * BLOCK);
      boolean there = rows.read(ordinal, 3, columns);
      if (there && (columns[0] != key(ordinal) || columns[1] != -ordinal)) {
        return "row " + ordinal + " is " + columns[0] + ", " + columns[1];
      }
      if ((!there && ordinal == 9) || rows.find(key(9)) != 9) {
        return "the row that stays was not found";
      }
      long found = rows.find(key(ordinal));
      if (found != PostingIndex.NO_ROW && found != ordinal) {
        return "the key of row " + ordinal + " was found in " + found;
      }
    }
    return null;
  }
}
