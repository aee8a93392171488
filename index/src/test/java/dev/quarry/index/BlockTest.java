package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The members of a block, held against a plain bit set. */
final class BlockTest {
  /** Sets at the edges of what an array and a bitmap hold. */
  static List<BitSet> samples(long seed) {
    Random random = new Random(seed);
    List<BitSet> samples = new ArrayList<>();
    samples.add(new BitSet());
    for (int n : new int[] {1, 2, 63, 64, 65, 700, 2_048, 4_095, 4_096, 4_097, 30_000}) {
      BitSet set = new BitSet();
      while (set.cardinality() < n) {
        set.set(random.nextInt(Block.SIZE));
      }
      samples.add(set);
    }
    BitSet edges = new BitSet();
    edges.set(0);
    edges.set(63, 66);
    edges.set(Block.SIZE - 1);
    samples.add(edges);
    BitSet all = new BitSet();
    all.set(0, Block.SIZE);
    samples.add(all);
    BitSet allButOne = (BitSet) all.clone();
    allButOne.clear(random.nextInt(Block.SIZE));
    samples.add(allButOne);
    return samples;
  }

  /** The set, as an array where it fits one and else as a bitmap. */
  static Block block(BitSet set) {
    Block block = new Block();
    int n = set.cardinality();
    if (n <= Block.ARRAY_MAX) {
      char[] values = block.valuesFor(n);
      int at = 0;
      for (int low = set.nextSetBit(0); low >= 0; low = set.nextSetBit(low + 1)) {
        values[at++] = (char) low;
      }
      block.sparse(n);
    } else {
      long[] words = set.toLongArray();
      long[] target = block.wordsForOverwrite();
      Arrays.fill(target, 0);
      System.arraycopy(words, 0, target, 0, words.length);
      block.dense(n);
    }
    return block;
  }

  /** What the block holds; its parts have to agree with each other. */
  static BitSet members(Block block) {
    BitSet set = new BitSet();
    if (block.isDense()) {
      assertThat(block.words()).hasSize(Block.WORDS);
      set = BitSet.valueOf(block.words());
    } else {
      boolean rising = true;
      for (int i = 0; i < block.cardinality(); i++) {
        rising &= i == 0 || block.values()[i] > block.values()[i - 1];
        set.set(block.values()[i]);
      }
      assertThat(rising).isTrue();
    }
    assertThat(block.cardinality()).isEqualTo(set.cardinality());
    assertThat(block.isEmpty()).isEqualTo(set.isEmpty());
    return set;
  }

  @Test
  void every_pair_of_sets_combines() {
    List<BitSet> others = samples(2);
    for (BitSet a : samples(1)) {
      for (BitSet b : others) {
        String what = a.cardinality() + " and " + b.cardinality();
        Block other = block(b);
        Block block = block(a);
        block.and(other);
        BitSet expected = (BitSet) a.clone();
        expected.and(b);
        assertThat(members(block)).as(what).isEqualTo(expected);
        block = block(a);
        block.andNot(other);
        expected = (BitSet) a.clone();
        expected.andNot(b);
        assertThat(members(block)).as(what).isEqualTo(expected);
        block = block(a);
        block.or(other);
        expected = (BitSet) a.clone();
        expected.or(b);
        assertThat(members(block)).as(what).isEqualTo(expected);
        if (block.cardinality() > Block.ARRAY_MAX) {
          assertThat(block.isDense()).as(what).isTrue(); // an array has no room for more
        }
        assertThat(members(other)).as(what).isEqualTo(b);
      }
    }
  }

  @Test
  void a_union_that_fits_an_array_is_one() {
    Block block = block(samples(1).get(7));
    Block other = new Block();
    for (int low = 0; other.cardinality() + block.cardinality() < Block.ARRAY_MAX; low++) {
      other.add(low);
    }
    block.or(other);
    assertThat(block.isDense()).isFalse();
  }

  @Test
  void members_come_and_go_one_by_one() {
    Random random = new Random(3);
    Block block = new Block();
    BitSet model = new BitSet();
    for (int i = 0; i < 12_000; i++) {
      int low = i == 0 ? Block.SIZE - 1 : random.nextInt(Block.SIZE / 4) * 4;
      if (block.contains(low) != model.get(low) || block.add(low) == model.get(low)) {
        fail("%d in round %d", low, i);
      }
      model.set(low);
      low = random.nextInt(Block.SIZE);
      if (i % 3 == 0) {
        if (block.remove(low) != model.get(low)) {
          fail("%d out in round %d", low, i);
        }
        model.clear(low);
      }
      if (i % 97 == 0 || model.cardinality() == Block.ARRAY_MAX) {
        assertThat(members(block)).isEqualTo(model);
        assertThat(block.isDense()).isEqualTo(model.cardinality() > Block.ARRAY_MAX);
      }
    }
    assertThat(block.isDense()).isTrue();
    block.toSparse();
    assertThat(block.isDense()).isFalse();
    assertThat(members(block)).isEqualTo(model);
    Arrays.fill(block.wordsForOverwrite(), -1L);
    block.toDense();
    assertThat(block.isDense()).isTrue();
    assertThat(members(block)).isEqualTo(model);
    block.clear();
    assertThat(members(block)).isEqualTo(new BitSet());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0, 1",
    "7, 8",
    "5, 4101",
    "0, 4096",
    "0, 4097",
    "63, 60000",
    "64, 65536",
    "0, 65536",
    "1, 65535",
    "100, 4260",
    "128, 6400",
    "65535, 65536"
  })
  void a_range(int from, int to) {
    BitSet expected = new BitSet();
    expected.set(from, to);
    for (BitSet before : samples(4).subList(9, 12)) { // whose remains are not to show
      Block block = block(before);
      block.setRange(from, to);
      assertThat(members(block)).isEqualTo(expected);
      assertThat(block.isDense()).isEqualTo(to - from > Block.ARRAY_MAX);
    }
  }

  @Test
  void copies_hold_the_same_and_stand_alone() {
    List<BitSet> others = samples(6).subList(7, 12);
    for (BitSet set : samples(5)) {
      for (BitSet before : others) {
        Block block = block(set);
        Block copy = block(before);
        copy.copyFrom(block);
        assertThat(members(copy)).isEqualTo(set);
        copy.setRange(0, 10);
        assertThat(members(block)).isEqualTo(set);
      }
      long[] bitmap = new long[Block.WORDS];
      block(set).copyTo(bitmap);
      assertThat(BitSet.valueOf(bitmap)).isEqualTo(set);
    }
  }

  @Test
  void the_place_of_a_value_is_found_from_anywhere_before_it() {
    for (int n : new int[] {0, 1, 2, 3, 4, 5, 9, 17, 40}) {
      Block block = new Block();
      for (int i = 0; i < n; i++) {
        block.add(10 + 3 * i);
      }
      for (int from = 0; from <= n; from++) {
        for (int low = 0; low < 140; low++) {
          int expected = from;
          while (expected < n && block.values()[expected] < low) {
            expected++;
          }
          if (block.lowerBound(low, from) != expected) {
            fail("%d from %d of %d", low, from, n);
          }
        }
      }
    }
  }

  @Test
  void room_is_made_and_what_is_there_stays() {
    for (int n : new int[] {1, 64, 65, 100, 127, 128, 129, 4_095, 4_096, 4_097, 65_536}) {
      Block block = new Block();
      block.add(7);
      assertThat(block.valuesFor(n).length).isGreaterThanOrEqualTo(n);
      assertThat(block.contains(7)).isTrue();
      assertThat(block.valuesFor(1)).isSameAs(block.values());
      char[] spare = block.spareValuesFor(n);
      assertThat(spare.length).isGreaterThanOrEqualTo(n);
      assertThat(block.spareValuesFor(n)).isSameAs(spare).isNotSameAs(block.values());
      spare[0] = 9;
      block.swapValues(1);
      assertThat(block.contains(9)).isTrue();
      assertThat(block.spareValuesFor(1)[0]).isEqualTo((char) 7);
    }
  }

  /** Nothing is read or written behind the end of an array that is full. */
  @Test
  void an_array_may_be_full_to_its_end() {
    Block block = new Block();
    int length = block.values().length;
    block.setRange(0, length);
    assertThat(block.values()).hasSize(length);
    assertThat(block.remove(length - 1)).isTrue();
    assertThat(block.add(length - 1)).isTrue();
    assertThat(block.remove(0)).isTrue();
    BitSet expected = new BitSet();
    expected.set(1, length);
    assertThat(members(block)).isEqualTo(expected);
  }

  @Test
  void bitmaps_take_turns_and_marks_stay() {
    Block block = block(samples(7).get(11));
    BitSet before = members(block);
    long[] spare = block.spareWords();
    assertThat(spare).isSameAs(block.spareWords()).isNotSameAs(block.words());
    Arrays.fill(spare, -1L);
    long[] marks = block.marks();
    assertThat(marks).isSameAs(block.marks()).containsOnly(0).hasSize(Block.WORDS);
    block.swapWords(Block.SIZE);
    assertThat(members(block).cardinality()).isEqualTo(Block.SIZE);
    assertThat(BitSet.valueOf(block.spareWords())).isEqualTo(before);
    assertThat(block.wordsForOverwrite()).isSameAs(block.words());
  }

  @Test
  void an_ordinal_is_a_block_and_a_place_in_it() {
    long ordinal = (5L << 32) + 0x1_FFFF;
    assertThat(Block.blockOf(ordinal)).isEqualTo((5L << 16) + 1);
    assertThat(Block.lowOf(ordinal)).isEqualTo(0xFFFF);
    assertThat(Block.blockOf(Block.ORDINAL_LIMIT - 1)).isEqualTo(Block.BLOCK_MAX);
  }
}
