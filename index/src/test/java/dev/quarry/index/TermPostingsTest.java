package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.bytes;
import static dev.quarry.index.PostingIndexContractTest.ordinals;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The postings of terms of an index, block by block, held against plain bit sets. */
final class TermPostingsTest {
  private static final long LAST = Block.ORDINAL_LIMIT - 1;

  /** First of a block whose number ends where in the key of a container the term's begins. */
  private static final long BEYOND = 1L << 48;

  @TempDir Path directory;

  private PostingIndex index;

  @BeforeEach
  void open() {
    index = PostingIndexes.open(new PostingIndexOptions(directory, "terms", new int[0], 1_000));
  }

  @AfterEach
  void close() {
    index.close();
  }

  private void add(String value, long... ordinals) {
    IndexBatch batch = new IndexBatch();
    for (long ordinal : ordinals) {
      batch.add(1, bytes(value), ordinal);
    }
    index.apply(batch, index.watermark() + 1);
  }

  private void add(String value, BitSet ordinals) {
    add(value, ordinals.stream().asLongStream().toArray());
  }

  private BlockPostings term(String value) {
    return BlockPostings.of(index.term(1, bytes(value)));
  }

  @Test
  void a_term_has_nothing_until_it_comes() {
    BlockPostings term = term("late");
    add("other", 1, 2, 3);
    PostingsTest.check(term, new BitSet(), "before");
    assertThat(term.upperBound()).isZero();
    assertThat(term.nextBlock(0)).isEqualTo(BlockPostings.NO_BLOCK);
    assertThat(term.blockBound(0)).isZero();
    add("late", PostingsTest.range(5, 9));
    PostingsTest.check(term, PostingsTest.range(5, 9), "behind");
  }

  @Test
  void lists_of_several_blocks_are_read_as_they_are() {
    List<BitSet> sets = PostingsTest.sets(3);
    for (int i = 0; i < sets.size(); i++) {
      add("set" + i, sets.get(i));
    }
    for (int i = 0; i < sets.size(); i++) {
      BitSet set = sets.get(i);
      BlockPostings term = term("set" + i);
      PostingsTest.check(term, set, "set " + i);
      assertThat(term.upperBound()).isEqualTo(set.cardinality());
      for (int number = 0; number < 5; number++) {
        assertThat(term.blockBound(number)).isEqualTo(PostingsTest.part(set, number).cardinality());
      }
    }
  }

  /** Blocks between the first and the last are offered, as they may have members. */
  @Test
  void blocks_are_offered_from_the_first_to_the_last() {
    add("a", 2L << 16, 4L << 16);
    BlockPostings term = term("a");
    long[] next = new long[6];
    for (int from = 0; from < next.length; from++) {
      next[from] = term.nextBlock(from);
    }
    assertThat(next).containsExactly(2, 2, 2, 3, 4, BlockPostings.NO_BLOCK);
    assertThat(ordinals(term)).containsExactly(2L << 16, 4L << 16);
  }

  @Test
  void the_lowest_and_the_highest_ordinal_can_be_members() {
    add("low", 0);
    assertThat(term("low").contains(0)).isTrue();
    assertThat(ordinals(term("low"))).containsExactly(0);
    add("high", LAST);
    BlockPostings term = term("high");
    assertThat(term.contains(LAST)).isTrue();
    assertThat(term.contains(LAST + 1)).isFalse();
    assertThat(term.contains(-1)).isFalse();
    assertThat(ordinals(term)).containsExactly(LAST);
    assertThat(term.blockBound(Block.BLOCK_MAX)).isEqualTo(1);
    BlockPool pool = new BlockPool();
    Block block = BlockTest.block(PostingsTest.range(65_000, 65_536));
    term.subtract(Block.BLOCK_MAX, block, pool);
    assertThat(BlockTest.members(block)).isEqualTo(PostingsTest.range(65_000, 65_535));
    block = BlockTest.block(PostingsTest.range(65_000, 65_536));
    term.retain(Block.BLOCK_MAX, block, pool);
    assertThat(BlockTest.members(block)).isEqualTo(PostingsTest.range(65_535, 65_536));
  }

  /** A range can be of any ordinals; those that no index has are not looked for in another term. */
  @Test
  void ordinals_beyond_those_of_an_index_are_in_no_term() {
    add("one", 1);
    add("two", 1, 2); // its number with the bit of such a block gives that of the next term
    add("three", 3, 4, 5, 6);
    BlockPostings two = term("two");
    Postings few = Postings.range(BEYOND + 4, BEYOND + 8);
    Postings most = Postings.range(BEYOND + 6, BEYOND + 20);
    assertThat(two.contains(BEYOND + 3)).isFalse();
    assertThat(ordinals(Postings.and(List.of(few, two)))).isEmpty();
    assertThat(ordinals(Postings.andNot(few, two))).isEqualTo(ordinals(few));
    assertThat(ordinals(Postings.and(List.of(few, Postings.or(List.of(two, most))))))
        .containsExactly(BEYOND + 6, BEYOND + 7);
    assertThat(ordinals(Postings.andNot(few, Postings.or(List.of(two, most)))))
        .containsExactly(BEYOND + 4, BEYOND + 5);
    long block = Block.blockOf(BEYOND);
    assertThat(two.blockBound(block)).isZero();
    Block loaded = BlockTest.block(PostingsTest.range(0, 9));
    two.load(block, loaded, new BlockPool());
    assertThat(loaded.isEmpty()).isTrue();
  }

  /** The numbers of terms are others after a load; what was asked for before goes by them. */
  @Test
  void postings_follow_a_load_and_a_discard() {
    add("a", 1, 2);
    add("b", 70_000);
    Postings a = index.term(1, bytes("a"));
    Postings b = index.term(1, bytes("b"));
    assertThat(ordinals(a)).containsExactly(1, 2);
    assertThat(ordinals(b)).containsExactly(70_000);
    IndexLoader loader = index.load();
    for (long ordinal = 10; ordinal < 13; ordinal++) {
      loader.ordinal(ordinal, new long[0]);
      loader.add(1, bytes("b"));
    }
    loader.finish(5);
    assertThat(ordinals(a)).isEmpty();
    assertThat(a.cardinality()).isZero();
    assertThat(ordinals(b)).containsExactly(10, 11, 12);
    assertThat(b.contains(11)).isTrue();
    index.discard().run();
    assertThat(b.cardinality()).isZero();
    assertThat(b.contains(11)).isFalse();
  }

  @Test
  void scratch_comes_from_the_index_and_goes_back() {
    add("a", 1, 2);
    Postings a = index.term(1, bytes("a"));
    ScratchPool idle = BlockPostings.of(a).idleScratch();
    assertThat(BlockPostings.of(index.term(1, bytes("none"))).idleScratch()).isSameAs(idle);
    BlockPool mine = new BlockPool();
    idle.give(mine);
    assertThat(ordinals(a)).hasSize(2);
    assertThat(idle.take()).isSameAs(mine);
  }
}
