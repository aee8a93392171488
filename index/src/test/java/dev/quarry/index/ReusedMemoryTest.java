package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reader that has looked up the address of a container, and then stands still while the container
 * goes away and another term's takes its memory, does not take that for its own.
 */
final class ReusedMemoryTest {
  private static final int MINE = 1;
  private static final int OTHER = 2;

  @TempDir Path directory;

  private final AtomicLong frees = new AtomicLong();
  private InterruptedDirectory addresses;
  private ContainerReader reader;
  private EntrySpace space;
  private ContainerWriter writer;

  @BeforeEach
  void open() {
    space = TestSpace.ofContainers(directory, 10_000);
    PreImage preImage = new PreImage(ContainerReader.BITMAP_BYTES);
    addresses = new InterruptedDirectory();
    reader = new ContainerReader(addresses, preImage, frees);
    writer = new ContainerWriter(space, addresses, preImage, frees, null);
    writer.create(ContainerReader.directoryKey(MINE, 0), members(7));
  }

  @AfterEach
  void close() {
    space.close();
  }

  private static Block members(int... lows) {
    Block block = new Block();
    for (int low : lows) {
      block.add(low);
    }
    return block;
  }

  /** The next look-up is followed by the end of MINE and the start of OTHER in the same memory. */
  private void interruptNextRead() {
    addresses.interruption =
        () -> {
          long key = ContainerReader.directoryKey(MINE, 0);
          long address = addresses.find(key);
          IndexBatch batch = new IndexBatch();
          batch.remove(0, new byte[0], 7);
          writer.edit(key, batch, new int[] {0}, 0, 1);
          long taken = 0;
          for (int block = 0; taken != address; block++) {
            long other = ContainerReader.directoryKey(OTHER, block);
            writer.create(other, members(8, 9));
            taken = addresses.find(other);
            assertThat(block).isLessThan(9_000);
          }
        };
  }

  @Test
  void membership() {
    interruptNextRead();
    assertThat(reader.contains(MINE, 0, 8)).isFalse();
  }

  @Test
  void cardinality() {
    interruptNextRead();
    assertThat(reader.cardinality(MINE, 0)).isZero();
  }

  @Test
  void copy() {
    interruptNextRead();
    Block out = new Block();
    reader.load(MINE, 0, out);
    assertThat(out.isEmpty()).isTrue();
  }

  @Test
  void filter() {
    interruptNextRead();
    Block in = members(8, 9);
    reader.filter(MINE, 0, in, true, new BlockPool());
    assertThat(in.isEmpty()).isTrue();
    assertThat(frees.get()).isEqualTo(1);
  }
}
