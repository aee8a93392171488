package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reader that has read stamp and meta of a container, and then stands still while the writer
 * edits it in place, does not mix what it read before the edit with what it reads after it.
 */
final class TornReadTest {
  private static final int TERM = 1;
  private static final long KEY = (long) TERM << 32;

  @TempDir Path directory;

  private final AtomicLong frees = new AtomicLong();
  private PreImage preImage;
  private Directory addresses;
  private ContainerReader reader;
  private EntrySpace space;
  private ContainerWriter writer;

  /** Asked for room between the meta and the content, when the reader has not copied a byte yet. */
  private static final class InterruptedBlock extends Block {
    Runnable interruption;

    private void interrupt() {
      Runnable now = interruption;
      interruption = null;
      if (now != null) {
        now.run();
      }
    }

    @Override
    char[] valuesFor(int n) {
      interrupt();
      return super.valuesFor(n);
    }

    @Override
    long[] wordsForOverwrite() {
      interrupt();
      return super.wordsForOverwrite();
    }

    @Override
    char[] spareValuesFor(int n) {
      interrupt();
      return super.spareValuesFor(n);
    }

    @Override
    long[] spareWords() {
      interrupt();
      return super.spareWords();
    }
  }

  @BeforeEach
  void open() {
    space = TestSpace.ofContainers(directory, 1_000);
    preImage = new PreImage(ContainerReader.BITMAP_BYTES);
    addresses = new Directory(64);
    reader = new ContainerReader(addresses, preImage, frees);
    writer = new ContainerWriter(space, addresses, preImage, frees, null);
  }

  @AfterEach
  void close() {
    space.close();
  }

  private void create(BitSet set) {
    writer.create(KEY, BlockTest.block(set));
  }

  private static BitSet range(int from, int to) {
    BitSet set = new BitSet();
    set.set(from, to);
    return set;
  }

  /** In place: nothing is freed, so that the stamp alone can tell of it. */
  private void edit(boolean add, int low) {
    IndexBatch batch = new IndexBatch();
    if (add) {
      batch.add(0, new byte[0], low);
    } else {
      batch.remove(0, new byte[0], low);
    }
    writer.edit(KEY, batch, new int[] {0}, 0, 1);
    assertThat(frees.get()).isZero();
  }

  private static void assertMembers(InterruptedBlock block, BitSet expected) {
    assertThat(block.interruption).as("the reader was interrupted").isNull();
    assertThat(BlockTest.members(block)).isEqualTo(expected);
  }

  @Test
  void copy_of_an_array() {
    create(range(0, 20));
    InterruptedBlock out = new InterruptedBlock();
    out.interruption = () -> edit(false, 3);
    reader.load(TERM, 0, out);
    BitSet expected = range(0, 20);
    expected.clear(3);
    assertMembers(out, expected);
  }

  @Test
  void copy_of_a_bitmap() {
    create(range(0, 10_000));
    InterruptedBlock out = new InterruptedBlock();
    out.interruption = () -> edit(true, 20_000);
    reader.load(TERM, 0, out);
    BitSet expected = range(0, 10_000);
    expected.set(20_000);
    assertMembers(out, expected);
  }

  @Test
  void filter_by_an_array() {
    create(range(0, 20));
    InterruptedBlock in = new InterruptedBlock();
    in.setRange(10, 30);
    in.interruption = () -> edit(false, 3);
    reader.filter(TERM, 0, in, true, new BlockPool());
    assertMembers(in, range(10, 20)); // with the old count the last value would be there twice
  }

  /** The reader copies the pre-image while the edit ends and one of another container begins. */
  @Test
  void copy_of_a_whole_pre_image() {
    create(range(0, 20));
    writer.create(KEY + 1, BlockTest.block(range(40, 60)));
    long address = addresses.find(KEY);
    long other = addresses.find(KEY + 1);
    long odd = UnsafeApi.getLong(other) + 1;
    keepWhole(odd, KEY, address);
    UnsafeApi.putLong(address, odd);
    InterruptedBlock out = new InterruptedBlock();
    out.interruption =
        () -> {
          UnsafeApi.putLong(address, odd + 1);
          keepWhole(odd + 2, KEY + 1, other);
        };
    reader.load(TERM, 0, out);
    assertMembers(out, range(0, 20));
  }

  private void keepWhole(long odd, long key, long address) {
    int meta = ContainerReader.meta(address);
    preImage.keep(odd, key, meta, address + ContainerReader.PAYLOAD, 2 * meta);
  }

  /**
   * The reader puts the old word into its copy while the edit ends and another one changes more.
   */
  @Test
  void copy_of_a_bitmap_with_a_kept_word() {
    create(range(0, 10_000));
    long address = addresses.find(KEY);
    long odd = UnsafeApi.getLong(address) + 1;
    int meta = ContainerReader.meta(address);
    preImage.keepWord(odd, KEY, meta, 0, -1L);
    UnsafeApi.putLong(address, odd);
    UnsafeApi.putLong(address + ContainerReader.PAYLOAD, -2L);
    UnsafeApi.putInt(address + ContainerReader.META, meta - 1);
    InterruptedBlock out = new InterruptedBlock();
    out.interruption =
        () -> {
          UnsafeApi.putLong(address, odd + 1);
          edit(false, 9_999);
        };
    reader.load(TERM, 0, out);
    assertMembers(out, range(1, 9_999));
  }
}
