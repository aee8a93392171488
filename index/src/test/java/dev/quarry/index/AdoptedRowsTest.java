package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file's entries have to be to be taken over as blocks of rows, and what they are then. */
final class AdoptedRowsTest {
  private static final int STRIDE = 12;
  private static final int FULL = 16 + 512 * STRIDE;

  /** A version that says that there is a row. */
  private static final int PRESENT = 6;

  @TempDir Path directory;

  private EntrySpace space;
  private RowBlocks blocks;

  @BeforeEach
  void open() {
    space = TestSpace.ofRows(directory, STRIDE, 20);
    blocks = new RowBlocks(space, new Directory(64), STRIDE);
  }

  @AfterEach
  void close() {
    space.close();
  }

  /** A block as it may stand in a file; one without slots is full. */
  private static final class Image {
    final ByteBuffer memory = ByteBuffer.allocateDirect(8_192).order(ByteOrder.nativeOrder());
    private long key;
    private long bytes;

    Image(long number, int side, int slots, int present) {
      key = number << 1 | side;
      memory.putInt(0, present).putInt(4, STRIDE).putInt(8, slots).putInt(12, side);
      int first = slots == 0 ? 16 : 80;
      bytes = slots == 0 ? FULL : (80 + slots * STRIDE + 7) / 8 * 8;
      for (int i = 0; i < slots; i++) {
        memory.put(16 + i / 8, (byte) (memory.get(16 + i / 8) | 1 << i % 8));
      }
      for (int i = 0; i < present; i++) {
        memory.putInt(first + i * STRIDE, PRESENT).putLong(first + i * STRIDE + 4, i);
      }
    }

    Image with(int at, int value) {
      memory.putInt(at, value);
      return this;
    }

    Image of(long otherKey, long otherBytes) {
      key = otherKey;
      bytes = otherBytes;
      return this;
    }

    boolean adoptedBy(RowBlocks blocks) {
      return blocks.adopt(key, BufferUtil.address(memory), bytes);
    }
  }

  @Test
  void blocks_of_either_side_and_any_fill_are_taken_over() {
    List<Image> images =
        List.of(
            new Image(0, 0, 0, 0),
            new Image(1, 1, 0, 512),
            new Image(2, 0, 512, 512),
            new Image(3, 1, 1, 1),
            new Image(4, 0, 64, 0),
            new Image(5, 0, 65, 64));
    long rows = 0;
    List<Long> expected = new ArrayList<>();
    for (Image image : images) {
      assertThat(image.adoptedBy(blocks)).isTrue();
      assertThat(image.adoptedBy(blocks)).as("twice").isFalse();
      rows += image.memory.getInt(0);
      assertThat(blocks.rows()).isEqualTo(rows);
      long first = (image.key >>> 1) * 512;
      assertThat(blocks.mayHave(first, first + 1)).isTrue();
      for (int i = 0; i < image.memory.getInt(0); i++) {
        expected.add(first + i);
      }
    }
    List<Long> visited = new ArrayList<>();
    blocks.forEach((ordinal, row) -> visited.add(ordinal));
    assertThat(visited).containsExactlyInAnyOrderElementsOf(expected);
    for (long ordinal : expected) {
      assertThat(RowStore.isPresent(blocks.address(ordinal))).isTrue();
    }
    assertThat(blocks.address(3 * 512 + 1)).as("no slot").isZero();
    assertThat(blocks.address(5 * 512 + 65)).as("no slot").isZero();
  }

  /** One defect at a time. */
  @Test
  void what_can_be_no_block_is_not_taken_over() {
    List<Image> images =
        List.of(
            new Image(0, 0, 0, 1).of(Long.MIN_VALUE, FULL),
            new Image(0, 0, 0, 1).of(0, 79),
            new Image(0, 0, 0, 1).of(0, 0),
            new Image(0, 0, 0, 1).of(1, FULL),
            new Image(0, 0, 0, 1).of(0, FULL - 8),
            new Image(0, 0, 0, 1).of(0, FULL + 8),
            new Image(0, 0, 0, 1).with(4, STRIDE + 4),
            new Image(0, 0, 0, 1).with(12, 1),
            new Image(0, 0, 0, 1).with(0, -1),
            new Image(0, 0, 0, 512).with(0, 513),
            new Image(0, 0, 0, 1).with(8, -1),
            new Image(0, 0, -1, 0).of(0, (80 - STRIDE + 7) / 8 * 8),
            new Image(0, 0, 0, 1).with(8, 513).of(0, (80 + 513 * STRIDE + 7) / 8 * 8),
            new Image(0, 0, 5, 5).with(0, 6),
            new Image(0, 0, 5, 5).with(0, -1),
            new Image(0, 0, 5, 5).with(16, 0xF),
            new Image(0, 0, 5, 5).with(16 + 60, 1 << 31),
            new Image(0, 0, 5, 5).of(0, 80 + 4 * STRIDE));
    for (int i = 0; i < images.size(); i++) {
      assertThat(images.get(i).adoptedBy(blocks)).as("defect %d", i).isFalse();
    }
    assertThat(blocks.rows()).isZero();
    assertThat(blocks.mayHave(0, 512)).isFalse();
    assertThat(new Image(0, 0, 0, 1).adoptedBy(blocks)).isTrue();
  }

  /** The newest block stays, also where older ones were found behind it. */
  @Test
  void the_highest_block_found_is_the_newest() {
    RowStore rows = new RowStore(blocks, new int[] {8}, -1, null);
    for (long ordinal : new long[] {5, 512 + 5, 1_024 + 5}) {
      rows.write(ordinal, new long[] {ordinal}, 0);
    }
    RowBlocks again = new RowBlocks(space, new Directory(64), STRIDE);
    RowStore rowsAgain = new RowStore(again, new int[] {8}, -1, null);
    List<Long> keys = new ArrayList<>();
    space.forEach((key, address, bytes) -> keys.add(key));
    keys.sort(null);
    for (int i = keys.size() - 1; i >= 0; i--) {
      long wanted = keys.get(i);
      space.forEach(
          (key, address, bytes) -> {
            if (key == wanted) {
              assertThat(again.adopt(key, address, bytes)).isTrue();
            }
          });
    }
    rowsAgain.write(1_024 + 5, new long[0], -1);
    assertThat(again.mayHave(1_024, 1_025)).as("newest").isTrue();
    rowsAgain.write(5, new long[0], -1);
    assertThat(again.mayHave(0, 512)).isFalse();
    assertThat(again.rows()).isEqualTo(1);
    rowsAgain.write(7, new long[] {7}, 0); // an older block comes back, and is not the newest
    rowsAgain.write(7, new long[0], -1);
    assertThat(again.mayHave(0, 512)).isFalse();
    assertThat(again.mayHave(1_024, 1_025)).isTrue();
    assertThat(again.bytes()).isEqualTo(new Directory(64).bytes());
  }
}
