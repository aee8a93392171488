package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sets of ordinals and what is made of them, block by block, held against plain bit sets. */
final class PostingsTest {
  private static final int BLOCKS = 5;
  private static final int RANGE = BLOCKS * Block.SIZE;

  /** A set of one's own making, whose bounds say nothing, and which keeps idle scratch. */
  private static final class Given extends BlockPostings {
    final SortedPostings inner;
    final ScratchPool idle = new ScratchPool();
    final List<String> log;
    final String name;

    Given(String name, List<String> log, BitSet members) {
      this.name = name;
      this.log = log;
      inner = new SortedPostings(ordinals(members));
    }

    @Override
    ScratchPool idleScratch() {
      return idle;
    }

    @Override
    long nextBlock(long from) {
      return inner.nextBlock(from);
    }

    @Override
    int blockBound(long block) {
      return inner.blockBound(block);
    }

    @Override
    void load(long block, Block out, BlockPool pool) {
      log.add("load " + name);
      inner.load(block, out, pool);
    }

    @Override
    void retain(long number, Block block, BlockPool pool) {
      log.add("retain " + name);
      super.retain(number, block, pool);
    }

    @Override
    void subtract(long number, Block block, BlockPool pool) {
      log.add("subtract " + name);
      super.subtract(number, block, pool);
    }

    @Override
    public long upperBound() {
      return inner.upperBound();
    }

    @Override
    public boolean contains(long ordinal) {
      return inner.contains(ordinal);
    }
  }

  /** Public methods alone. */
  private record Foreign(Postings inner) implements Postings {
    @Override
    public long cardinality() {
      return inner.cardinality();
    }

    @Override
    public long upperBound() {
      return inner.upperBound();
    }

    @Override
    public boolean contains(long ordinal) {
      return inner.contains(ordinal);
    }

    @Override
    public OrdinalCursor cursor() {
      return inner.cursor();
    }
  }

  private static long[] ordinals(BitSet set) {
    return set.stream().asLongStream().toArray();
  }

  static BitSet range(int from, int to) {
    BitSet set = new BitSet();
    set.set(from, to);
    return set;
  }

  private static BitSet random(Random random, int members, int blocks) {
    BitSet set = new BitSet();
    for (int i = 0; i < members; i++) {
      int block = blocks == 0 ? 2 : random.nextInt(blocks);
      set.set(block * Block.SIZE + random.nextInt(Block.SIZE));
    }
    return set;
  }

  static BitSet part(BitSet set, long number) {
    int from = (int) number * Block.SIZE;
    return set.get(from, from + Block.SIZE);
  }

  static void check(Postings postings, BitSet model, String what) {
    assertThat(postings.cardinality()).as(what).isEqualTo(model.cardinality());
    assertThat(postings.upperBound()).as(what).isGreaterThanOrEqualTo(model.cardinality());
    checkCursor(postings, model, what);
    Random random = new Random(model.cardinality());
    for (int i = 0; i < 200; i++) {
      int ordinal = random.nextInt(RANGE);
      int member = Math.max(0, model.nextSetBit(ordinal));
      for (int at : new int[] {ordinal, member, member + 1, Math.max(0, member - 1)}) {
        assertThat(postings.contains(at)).as(what).isEqualTo(model.get(at));
      }
    }
    for (long ordinal : new long[] {-1, RANGE, 1L << 32, Block.ORDINAL_LIMIT, Long.MAX_VALUE}) {
      assertThat(postings.contains(ordinal)).as(what).isFalse();
    }
    BlockPostings blocks = BlockPostings.of(postings);
    for (int number = 0; number <= BLOCKS; number++) {
      checkBlock(blocks, number, part(model, number), what + ", block " + number);
      checkNext(blocks, number, model, what + ", from " + number);
    }
    assertThat(blocks.nextBlock(BlockPostings.NO_BLOCK)).as(what).isEqualTo(Long.MAX_VALUE);
    assertThat(blocks.nextBlock(1L << 48)).as(what).isEqualTo(Long.MAX_VALUE);
  }

  private static void checkCursor(Postings postings, BitSet model, String what) {
    OrdinalCursor cursor = postings.cursor();
    for (int at = model.nextSetBit(0); at >= 0; at = model.nextSetBit(at + 1)) {
      if (cursor.next() != at) {
        throw new AssertionError(what + ": " + at + " was not next");
      }
    }
    assertThat(cursor.next()).as(what).isEqualTo(OrdinalCursor.END);
    assertThat(cursor.next()).as(what).isEqualTo(OrdinalCursor.END);
    assertThat(cursor.advance(0)).as(what).isEqualTo(OrdinalCursor.END);
    Random random = new Random(7);
    for (int stride : new int[] {3, 1_000, 60_000}) {
      OrdinalCursor jumping = postings.cursor();
      int last = -1;
      for (long found = 0; found != OrdinalCursor.END; last = (int) found) {
        boolean back = random.nextInt(5) == 0;
        int target = back ? last - 2 : last + 1 + random.nextInt(stride);
        int expected = model.nextSetBit(Math.max(last + 1, target));
        found = random.nextInt(4) == 0 && back ? jumping.next() : jumping.advance(target);
        assertThat(found).as(what).isEqualTo(expected < 0 ? OrdinalCursor.END : expected);
      }
    }
  }

  private static void checkBlock(BlockPostings postings, int number, BitSet model, String what) {
    BlockPool pool = new BlockPool();
    Block block = new Block();
    block.setRange(5, 60_000);
    postings.load(number, block, pool);
    assertThat(BlockTest.members(block)).as(what).isEqualTo(model);
    assertThat(postings.blockCardinality(number, block, pool)).isEqualTo(model.cardinality());
    assertThat(postings.blockBound(number)).as(what).isBetween(model.cardinality(), Block.SIZE);
    long[] words = new long[Block.WORDS];
    postings.block(number, words);
    assertThat(BitSet.valueOf(words)).as(what).isEqualTo(model);
    Random random = new Random(number);
    for (BitSet set : List.of(new BitSet(), random(random, 50, 1), random(random, 9_000, 1))) {
      BitSet kept = (BitSet) set.clone();
      kept.and(model);
      Block target = BlockTest.block(set);
      postings.retain(number, target, pool);
      assertThat(BlockTest.members(target)).as("kept by " + what).isEqualTo(kept);
      kept = (BitSet) set.clone();
      kept.andNot(model);
      target = BlockTest.block(set);
      postings.subtract(number, target, pool);
      assertThat(BlockTest.members(target)).as("left by " + what).isEqualTo(kept);
    }
  }

  /** No block with members is passed over. */
  private static void checkNext(BlockPostings postings, int from, BitSet model, String what) {
    int member = model.nextSetBit(from * Block.SIZE);
    long next = postings.nextBlock(from);
    assertThat(next).as(what).isGreaterThanOrEqualTo(from);
    if (member >= 0) {
      assertThat(next).as(what).isLessThanOrEqualTo(member / Block.SIZE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 200_000, 327_679, 327_680})
  void ranges(long from) {
    for (long to : new long[] {from - 1, from, from + 1, 65_536, 140_000, 196_608, 327_680}) {
      BitSet model = new BitSet();
      if (to > from) {
        model.set((int) from, (int) Math.min(to, RANGE));
      }
      if (to <= RANGE) {
        RangePostings range = new RangePostings(from, to);
        check(range, model, from + " to " + to);
        assertThat(range.upperBound()).isEqualTo(model.cardinality());
        for (int number = 0; number <= BLOCKS; number++) {
          assertThat(range.blockBound(number)).isEqualTo(part(model, number).cardinality());
          int next = model.nextSetBit(number * Block.SIZE);
          assertThat(range.nextBlock(number))
              .isEqualTo(next < 0 ? BlockPostings.NO_BLOCK : next / Block.SIZE);
        }
      }
    }
  }

  @Test
  void a_range_that_has_the_whole_block_leaves_it_alone() {
    Block block = BlockTest.block(range(3, 9));
    new RangePostings(0, Block.SIZE).retain(0, block, null); // no scratch is asked for
    assertThat(BlockTest.members(block)).isEqualTo(range(3, 9));
  }

  static List<BitSet> sets(long seed) {
    Random random = new Random(seed);
    BitSet spread = random(random, 3_000, BLOCKS);
    spread.set(0);
    spread.set(RANGE - 1);
    BitSet one = random(random, 30_000, 0);
    BitSet edges = new BitSet();
    for (int at : new int[] {1, Block.SIZE - 1, Block.SIZE, 3 * Block.SIZE, 4 * Block.SIZE + 63}) {
      edges.set(at);
    }
    BitSet exact = new BitSet(); // as many as an array holds, and one more
    exact.set(7, 7 + Block.ARRAY_MAX);
    exact.set(2 * Block.SIZE + 1, 2 * Block.SIZE + 2 + Block.ARRAY_MAX);
    BitSet dense = random(random, 100_000, BLOCKS);
    dense.or(range(Block.SIZE, 2 * Block.SIZE)); // a whole block
    return List.of(spread, one, edges, exact, dense, new BitSet());
  }

  @Test
  void lists_and_sets_of_others() {
    for (BitSet set : sets(1)) {
      SortedPostings sorted = new SortedPostings(ordinals(set));
      check(sorted, set, "list of " + set.cardinality());
      assertThat(sorted.upperBound()).isEqualTo(set.cardinality());
      for (int number = 0; number <= BLOCKS; number++) {
        assertThat(sorted.blockBound(number)).isEqualTo(part(set, number).cardinality());
        int next = set.nextSetBit(number * Block.SIZE);
        assertThat(sorted.nextBlock(number))
            .isEqualTo(next < 0 ? BlockPostings.NO_BLOCK : next / Block.SIZE);
      }
      check(new Foreign(sorted), set, "another's of " + set.cardinality());
    }
    Block block = new Block();
    new SortedPostings(LongStream.range(0, Block.ARRAY_MAX).toArray()).load(0, block, null);
    assertThat(block.isDense()).isFalse();
    new SortedPostings(LongStream.range(0, Block.ARRAY_MAX + 1).toArray()).load(0, block, null);
    assertThat(block.isDense()).isTrue();
  }

  @Test
  void pairs_and_triples() {
    List<BitSet> sets = sets(2);
    for (int i = 0; i < sets.size(); i++) {
      for (int j = 0; j < sets.size(); j++) {
        BitSet third = sets.get((i + 2 * j) % sets.size());
        List<BitSet> three = List.of(sets.get(i), sets.get(j), third);
        List<Postings> postings = new ArrayList<>();
        three.forEach(set -> postings.add(new SortedPostings(ordinals(set))));
        String what = i + " and " + j;
        BitSet and = (BitSet) sets.get(i).clone();
        and.and(sets.get(j));
        if (j <= i) {
          check(Postings.and(postings.subList(0, 2)), and, what);
          BitSet or = (BitSet) sets.get(i).clone();
          or.or(sets.get(j));
          or.or(third);
          check(Postings.or(postings), or, what + " or " + (i + 2 * j) % sets.size());
          and.and(third);
          check(Postings.and(postings), and, what + " and third");
        }
        BitSet not = (BitSet) sets.get(i).clone();
        not.andNot(sets.get(j));
        check(Postings.andNot(postings.get(0), postings.get(1)), not, i + " without " + j);
      }
    }
  }

  @Test
  void sets_of_others_can_be_combined() {
    List<BitSet> sets = sets(6);
    BitSet one = sets.get(0);
    BitSet other = sets.get(4);
    Postings foreign = new Foreign(new SortedPostings(ordinals(one)));
    Postings own = new SortedPostings(ordinals(other));
    BitSet and = (BitSet) one.clone();
    and.and(other);
    check(Postings.and(List.of(foreign, own)), and, "and");
    assertThat(Postings.and(List.of(own, foreign)).upperBound()).isEqualTo(one.cardinality());
    BitSet or = (BitSet) one.clone();
    or.or(other);
    check(Postings.or(List.of(own, foreign)), or, "or");
    BitSet not = (BitSet) other.clone();
    not.andNot(one);
    check(Postings.andNot(own, foreign), not, "without another's");
  }

  @Test
  void none_and_one() {
    check(Postings.empty(), new BitSet(), "empty");
    check(Postings.or(List.of()), new BitSet(), "or of none");
    Postings one = Postings.of(3, 70_000);
    assertThat(Postings.or(List.of(one))).isSameAs(one);
    assertThat(Postings.and(List.of(one))).isSameAs(one);
    List<Postings> none = List.of();
    assertThatThrownBy(() -> Postings.and(none)).isInstanceOf(IllegalArgumentException.class);
    check(Postings.range(-5, 3), range(0, 3), "range from below");
  }

  @Test
  void bounds_of_sums_stay_within_what_there_can_be() {
    Postings most = Postings.range(0, Block.ORDINAL_LIMIT - 5);
    Postings few = Postings.of(1, 2, 3);
    assertThat(Postings.or(List.of(most, few)).upperBound()).isEqualTo(Block.ORDINAL_LIMIT - 2);
    assertThat(Postings.or(List.of(most, most)).upperBound()).isEqualTo(Block.ORDINAL_LIMIT);
    assertThat(Postings.and(List.of(most, few)).upperBound()).isEqualTo(3);
    assertThat(Postings.andNot(few, most).upperBound()).isEqualTo(3);
    BlockPostings both = BlockPostings.of(Postings.or(List.of(few, Postings.of(9, 70_000))));
    assertThat(both.blockBound(0)).isEqualTo(4);
    assertThat(BlockPostings.of(Postings.or(List.of(most, few))).blockBound(0))
        .isEqualTo(Block.SIZE);
    assertThat(BlockPostings.of(Postings.and(List.of(most, few))).blockBound(0)).isEqualTo(3);
    assertThat(BlockPostings.of(Postings.andNot(few, most)).blockBound(0)).isEqualTo(3);
  }

  /** The block that all of several sets have next is found without a look at those between. */
  @Test
  void a_block_that_one_set_lacks_is_skipped() {
    Postings a = Postings.of(1, 3L << 16, 5L << 16, 9L << 16);
    Postings b = Postings.of(2, 4L << 16, 5L << 16, 9L << 16);
    Postings c = Postings.of(3, 4L << 16, 7L << 16, 9L << 16);
    BlockPostings and = BlockPostings.of(Postings.and(List.of(a, b, c)));
    assertThat(and.nextBlock(0)).isZero();
    assertThat(and.nextBlock(1)).isEqualTo(9);
    assertThat(and.nextBlock(10)).isEqualTo(BlockPostings.NO_BLOCK);
    BlockPostings or = BlockPostings.of(Postings.or(List.of(a, b, c)));
    assertThat(or.nextBlock(6)).isEqualTo(7);
    assertThat(or.nextBlock(8)).isEqualTo(9);
    BlockPostings not = BlockPostings.of(Postings.andNot(a, b));
    assertThat(not.nextBlock(4)).isEqualTo(5);
  }

  /** The smallest set drives, then bitmaps before arrays, the smaller before the larger. */
  @Test
  void an_intersection_asks_the_cheapest_first() {
    List<String> log = new ArrayList<>();
    Given small = new Given("small", log, range(0, 10));
    Given array = new Given("array", log, range(0, 100));
    Given full = new Given("full", log, range(0, Block.ARRAY_MAX));
    Given bitmap = new Given("bitmap", log, range(0, Block.ARRAY_MAX + 1));
    Given large = new Given("large", log, range(0, 60_000));
    Block block = new Block();
    new AndPostings(new BlockPostings[] {large, full, small, bitmap, array})
        .load(0, block, new BlockPool());
    assertThat(BlockTest.members(block)).isEqualTo(range(0, 10));
    log.removeIf(line -> line.startsWith("load") && !line.equals(log.get(0)));
    assertThat(log)
        .containsExactly(
            "load small", "retain bitmap", "retain large", "retain array", "retain full");
  }

  @Test
  void an_intersection_ends_where_nothing_is_left_or_a_set_has_nothing() {
    List<String> log = new ArrayList<>();
    Given few = new Given("few", log, range(0, 10));
    Given others = new Given("others", log, range(20, 40));
    Given many = new Given("many", log, range(0, 4_000));
    Given none = new Given("none", log, range(Block.SIZE, Block.SIZE + 5));
    Block block = new Block();
    block.setRange(0, 5);
    new AndPostings(new BlockPostings[] {many, others, few}).load(0, block, new BlockPool());
    assertThat(block.isEmpty()).isTrue();
    assertThat(log).doesNotContain("retain many");
    log.clear();
    block.setRange(0, 5);
    new AndPostings(new BlockPostings[] {many, few, none}).load(0, block, new BlockPool());
    assertThat(block.isEmpty()).isTrue();
    new AndNotPostings(few, none).load(0, block, new BlockPool());
    assertThat(BlockTest.members(block)).isEqualTo(range(0, 10));
    new AndNotPostings(none, few).load(0, block, new BlockPool());
    assertThat(block.isEmpty()).isTrue();
    new OrPostings(new BlockPostings[] {few, none}).load(0, block, new BlockPool());
    assertThat(log).containsExactly("load few", "load none", "load few");
  }

  /** Few members are asked for in each set; many are held against the union. */
  @Test
  void a_union_keeps_by_its_parts_what_is_few() {
    List<String> log = new ArrayList<>();
    Given a = new Given("a", log, range(0, 30_000));
    Given b = new Given("b", log, range(30_000, 50_000));
    OrPostings or = new OrPostings(new BlockPostings[] {a, b});
    or.retain(0, BlockTest.block(range(29_000, 31_000)), new BlockPool());
    assertThat(log).contains("retain a", "retain b");
    log.clear();
    or.retain(0, BlockTest.block(range(20_000, 60_000)), new BlockPool());
    assertThat(log).containsExactly("load a", "load b");
    log.clear();
    or.subtract(0, BlockTest.block(range(20_000, 60_000)), new BlockPool());
    assertThat(log).contains("subtract a", "subtract b");
  }

  @Test
  void scratch_goes_back_to_where_the_first_set_keeps_it() {
    Given given = new Given("a", new ArrayList<>(), range(0, 9));
    Given other = new Given("b", new ArrayList<>(), range(5, 12));
    BlockPostings[] both = {given, other};
    List<BlockPostings> made =
        List.of(
            given, new AndPostings(both), new OrPostings(both), new AndNotPostings(given, other));
    for (BlockPostings postings : made) {
      assertThat(postings.idleScratch()).isSameAs(given.idle);
      BlockPool mine = new BlockPool();
      given.idle.give(mine);
      assertThat(postings.cardinality()).isPositive();
      assertThat(given.idle.take()).isSameAs(mine);
      given.idle.give(mine);
      postings.block(0, new long[Block.WORDS]);
      assertThat(given.idle.take()).isSameAs(mine);
      given.idle.give(mine);
      OrdinalCursor cursor = postings.cursor();
      assertThat(given.idle.take()).as("while it is read").isNotSameAs(mine);
      assertThat(cursor.advance(Block.SIZE)).isEqualTo(OrdinalCursor.END);
      assertThat(given.idle.take()).isSameAs(mine);
    }
    assertThat(new RangePostings(0, 9).idleScratch()).isNull();
  }

  @Test
  void blocks_of_others_are_read_by_their_cursors() {
    BitSet set = sets(4).get(0);
    Foreign foreign = new Foreign(new SortedPostings(ordinals(set)));
    for (int number = 0; number <= BLOCKS; number++) {
      long[] words = new long[Block.WORDS];
      foreign.block(number, words);
      assertThat(BitSet.valueOf(words)).isEqualTo(part(set, number));
    }
    assertThat(Arrays.asList(BlockPostings.all(List.of(foreign)))).hasSize(1);
  }
}
