package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of the index does; held against plain sorted sets. */
abstract class PostingIndexContractTest {
  static final int[] WIDTHS = {1, 2, 4, 8, 8, 1};

  PostingIndex index;

  /** An empty index with the columns of {@link #WIDTHS}. */
  abstract PostingIndex create();

  @BeforeEach
  final void open() {
    index = create();
  }

  @AfterEach
  final void close() {
    index.close();
  }

  static byte[] bytes(String value) {
    return value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  static long[] ordinals(Postings postings) {
    long[] found = new long[16];
    int n = 0;
    OrdinalCursor cursor = postings.cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      if (n == found.length) {
        found = Arrays.copyOf(found, 2 * n);
      }
      found[n++] = o;
    }
    assertThat(cursor.next()).isEqualTo(OrdinalCursor.END);
    return Arrays.copyOf(found, n);
  }

  private void add(int field, String value, long... ordinals) {
    IndexBatch batch = new IndexBatch();
    for (long ordinal : ordinals) {
      batch.add(field, bytes(value), ordinal);
    }
    index.apply(batch, index.watermark() + 1);
  }

  @Test
  void a_new_index_is_empty() {
    assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.EMPTY);
    assertThat(index.watermark()).isZero();
    assertThat(index.isFailed()).isFalse();
    assertThat(index.term(1, bytes("x")).cardinality()).isZero();
    assertThat(ordinals(index.term(1, bytes("x")))).isEmpty();
    assertThat(index.termValue(7)).isNull();
    assertThat(index.row(3, new long[WIDTHS.length])).isFalse();
    assertThat(index.column(3, 0, -9)).isEqualTo(-9);
    assertThat(index.stats().terms()).isZero();
  }

  @Test
  void postings_are_live() {
    Postings postings = index.term(1, bytes("x"));
    assertThat(postings.contains(5)).isFalse();
    add(1, "x", 5, 70_000, 5);
    assertThat(postings.contains(5)).isTrue();
    assertThat(postings.cardinality()).isEqualTo(2);
    assertThat(ordinals(postings)).containsExactly(5, 70_000);
    IndexBatch batch = new IndexBatch();
    batch.remove(1, bytes("x"), 5);
    batch.remove(1, bytes("x"), 6);
    batch.add(2, bytes("x"), 6);
    index.apply(batch, 17);
    assertThat(index.watermark()).isEqualTo(17);
    assertThat(ordinals(postings)).containsExactly(70_000);
    assertThat(ordinals(index.term(2, bytes("x")))).containsExactly(6);
  }

  @Test
  void changes_of_one_ordinal_take_effect_in_their_order() {
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < 100; i++) {
      batch.add(1, bytes("a"), i);
      batch.remove(1, bytes("a"), i);
      batch.remove(1, bytes("b"), i);
      batch.add(1, bytes("b"), i);
    }
    index.apply(batch, 1);
    assertThat(index.term(1, bytes("a")).cardinality()).isZero();
    assertThat(index.term(1, bytes("b")).cardinality()).isEqualTo(100);
  }

  @Test
  void terms_of_a_field_are_visited_with_their_cardinality() {
    add(1, "a", 1, 2, 3);
    add(1, "", 9);
    add(2, "b", 1);
    add(1, "gone", 4);
    IndexBatch batch = new IndexBatch();
    batch.remove(1, bytes("gone"), 4);
    index.apply(batch, 9);
    TreeMap<String, Long> found = new TreeMap<>();
    index.forEachTerm(
        1, (value, n) -> found.put(new String(value, java.nio.charset.StandardCharsets.UTF_8), n));
    assertThat(found).containsOnly(java.util.Map.entry("a", 3L), java.util.Map.entry("", 1L));
    assertThat(index.stats().terms()).isEqualTo(3);
  }

  /** Few in many, many in few, at the edges of every loop over arrays. */
  @Test
  void arrays_of_all_sizes_meet() {
    int[] sizes = {1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 100, 700, 4_000};
    Random random = new Random(5);
    List<TreeSet<Long>> sets = new ArrayList<>();
    for (int size : sizes) {
      TreeSet<Long> set = new TreeSet<>();
      int range = random.nextBoolean() ? Block.SIZE : 2 * size; // apart, and close together
      while (set.size() < size) {
        set.add((long) random.nextInt(range));
      }
      add(1, "size " + size, set.stream().mapToLong(o -> o).toArray());
      sets.add(set);
    }
    for (int a = 0; a < sizes.length; a++) {
      for (int b = 0; b < sizes.length; b++) {
        Postings one = index.term(1, bytes("size " + sizes[a]));
        Postings other = index.term(1, bytes("size " + sizes[b]));
        TreeSet<Long> both = new TreeSet<>(sets.get(a));
        both.retainAll(sets.get(b));
        TreeSet<Long> without = new TreeSet<>(sets.get(a));
        without.removeAll(sets.get(b));
        String what = "seed 5, " + sizes[a] + " and " + sizes[b];
        new TermModel(both).check(Postings.and(List.of(one, other)), what);
        new TermModel(without).check(Postings.andNot(one, other), what);
      }
    }
  }

  @Test
  void each_new_term_of_a_field_changes_its_newest_number() {
    assertThat(index.newestTerm(1)).isZero();
    assertThat(index.terms(1, 9)).isEmpty();
    add(1, "a", 1, 2, 3);
    int first = index.newestTerm(1);
    assertThat(index.terms(1, 9)).containsExactly(first);
    add(1, "a", 4);
    add(2, "other", 5);
    assertThat(index.newestTerm(1)).isEqualTo(first).isPositive();
    add(1, "b", 5);
    int second = index.newestTerm(1);
    assertThat(second).isNotEqualTo(first);
    assertThat(index.terms(1, 9)).containsExactlyInAnyOrder(first, second);
    assertThat(index.terms(1, 1)).hasSize(1).containsAnyOf(first, second);
    assertThat(index.terms(1, 0)).isEmpty();
    long[] cardinalities = {7, 7, 7, 7};
    index.cardinalities(new int[] {second, 1_000_000, first, 0}, cardinalities);
    assertThat(cardinalities).containsExactly(1, 0, 4, 0);
  }

  @Test
  void cursors_that_are_open_at_once_do_not_disturb_each_other() {
    List<Postings> sets = new ArrayList<>();
    List<List<Long>> expected = new ArrayList<>();
    for (int step = 2; step < 8; step++) {
      List<Long> multiples = new ArrayList<>();
      for (long o = 0; o < 200_000; o += step) {
        multiples.add(o);
      }
      add(1, "of " + step, multiples.stream().mapToLong(o -> o).toArray());
      expected.add(multiples.stream().filter(o -> o % 11 == 0).toList());
    }
    add(2, "eleventh", LongStream.range(0, 200_000).filter(o -> o % 11 == 0).toArray());
    for (int step = 2; step < 8; step++) {
      sets.add(
          Postings.and(
              List.of(index.term(1, bytes("of " + step)), index.term(2, bytes("eleventh")))));
    }
    for (int round = 0; round < 3; round++) { // in later rounds with what the first left behind
      List<OrdinalCursor> cursors = sets.stream().map(Postings::cursor).toList();
      List<List<Long>> found = new ArrayList<>();
      sets.forEach(set -> found.add(new ArrayList<>()));
      boolean more = true;
      while (more) {
        more = false;
        for (int i = 0; i < cursors.size(); i++) {
          long o = cursors.get(i).next(); // those that have ended are asked on
          if (o != OrdinalCursor.END) {
            found.get(i).add(o);
            more = true;
          }
        }
      }
      assertThat(found).isEqualTo(expected);
      cursors.forEach(cursor -> assertThat(cursor.advance(0)).isEqualTo(OrdinalCursor.END));
    }
  }

  @Test
  void interned_terms_keep_their_number() {
    int a = index.internTerm(3, bytes("a"));
    int b = index.internTerm(4, bytes("a"));
    assertThat(a).isNotEqualTo(b).isPositive();
    assertThat(index.internTerm(3, bytes("a"))).isEqualTo(a);
    add(3, "a", 1);
    assertThat(index.internTerm(3, bytes("a"))).isEqualTo(a);
    assertThat(index.termValue(b)).isEqualTo(bytes("a"));
    assertThat(index.termValue(0)).isNull();
    assertThat(index.termValue(-1)).isNull();
    index.forEachTerm(4, (value, n) -> assertThat(n).isNegative());
  }

  @Test
  void rows_are_replaced_whole_and_sign_extended() {
    IndexBatch batch = new IndexBatch();
    batch.putRow(0, new long[] {-1, -2, -3, -4, Long.MAX_VALUE, 127});
    batch.putRow(511, new long[] {1, 1, 1, 1, 1, 1});
    batch.putRow(511, new long[] {2, 2, 2, 2, 2, 2});
    batch.putRow(100_000, new long[] {5, 5, 5, 5, 5, 5});
    index.apply(batch, 1);
    long[] row = new long[WIDTHS.length];
    assertThat(index.row(0, row)).isTrue();
    assertThat(row).containsExactly(-1, -2, -3, -4, Long.MAX_VALUE, 127);
    assertThat(index.column(0, 3, 0)).isEqualTo(-4);
    assertThat(index.column(511, 5, 0)).isEqualTo(2);
    assertThat(index.column(512, 5, -7)).isEqualTo(-7);
    assertThat(index.stats().rows()).isEqualTo(3);
    batch.reset();
    batch.removeRow(511);
    batch.removeRow(7);
    index.apply(batch, 2);
    assertThat(index.row(511, row)).isFalse();
    assertThat(index.stats().rows()).isEqualTo(2);
    batch.reset();
    batch.putRow(1, new long[] {300, 0, 0, 0, 0, 0});
    index.apply(batch, 3);
    assertThat(index.column(1, 0, 0)).isEqualTo(44);
  }

  @Test
  void bad_arguments_are_refused_before_anything_changes() {
    IndexBatch batch = new IndexBatch();
    assertThatThrownBy(() -> batch.add(-1, bytes("x"), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> batch.add(1, bytes("x"), -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> batch.add(1, bytes("x"), Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
    batch.add(1, bytes("x"), 1);
    batch.putRow(1, new long[2]);
    assertThatThrownBy(() -> index.apply(batch, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThat(index.isFailed()).isFalse();
    assertThat(index.watermark()).isZero();
    assertThat(index.term(1, bytes("x")).cardinality()).isZero();
  }

  @Test
  void a_loader_replaces_everything() {
    add(1, "old", 1, 2, 3);
    IndexBatch batch = new IndexBatch();
    batch.putRow(9, new long[WIDTHS.length]);
    index.apply(batch, 4);
    IndexLoader loader = index.load();
    for (long o = 0; o < 200_000; o += 3) {
      loader.ordinal(o, new long[] {o % 100, o % 1000, o, o, -o, 1});
      loader.add(1, bytes("all"));
      loader.add(2, bytes("mod" + o % 7));
      loader.add(2, bytes("mod" + o % 7));
      if (o % 1000 == 0) {
        loader.add(3, bytes("u" + o));
      }
    }
    loader.finish(99);
    assertThat(index.watermark()).isEqualTo(99);
    assertThat(index.term(1, bytes("old")).cardinality()).isZero();
    assertThat(index.row(10, new long[6])).isFalse();
    assertThat(index.term(1, bytes("all")).cardinality()).isEqualTo(66_667);
    long sum = 0;
    for (int m = 0; m < 7; m++) {
      sum += index.term(2, bytes("mod" + m)).cardinality();
    }
    assertThat(sum).isEqualTo(66_667);
    assertThat(ordinals(index.term(3, bytes("u3000")))).containsExactly(3000);
    assertThat(index.column(199_998, 4, 0)).isEqualTo(-199_998);
    add(1, "all", 1, 300_000);
    assertThat(index.term(1, bytes("all")).cardinality()).isEqualTo(66_669);
    assertThat(ordinals(index.term(1, bytes("all")))).hasSize(66_669).startsWith(0, 1, 3);
  }

  @Test
  void a_discarded_index_is_empty_until_it_is_loaded() {
    Postings old = index.term(1, bytes("old"));
    add(1, "old", 1, 2, 3);
    IndexBatch batch = new IndexBatch();
    batch.putRow(2, new long[WIDTHS.length]);
    index.apply(batch, 5);
    Runnable release = index.discard();
    assertThat(index.isFailed()).isTrue();
    assertThat(index.watermark()).isZero();
    assertThat(old.cardinality()).isZero();
    assertThat(ordinals(old)).isEmpty();
    assertThat(index.terms(1, 9)).isEmpty();
    assertThat(index.row(2, new long[WIDTHS.length])).isFalse();
    release.run();
    IndexLoader loader = index.load();
    loader.ordinal(4, new long[WIDTHS.length]);
    loader.add(1, bytes("old"));
    loader.finish(6);
    assertThat(index.isFailed()).isFalse();
    assertThat(index.watermark()).isEqualTo(6);
    assertThat(ordinals(old)).containsExactly(4);
  }

  @Test
  void a_container_goes_from_sparse_to_dense_and_back() {
    Postings postings = index.term(1, bytes("x"));
    TermModel model = new TermModel();
    IndexBatch batch = new IndexBatch();
    for (int step : new int[] {7, 3, 1}) {
      for (int low = 0; low < 30_000; low += step) {
        batch.add(1, bytes("x"), 65_536L * 3 + low);
        model.ordinals.add(65_536L * 3 + low);
        if (batch.termChanges() == 50) {
          index.apply(batch, 1);
          batch.reset();
        }
      }
    }
    index.apply(batch, 2);
    model.check(postings, "grown");
    batch.reset();
    for (int low = 0; low < 29_990; low++) {
      batch.remove(1, bytes("x"), 65_536L * 3 + low);
      model.ordinals.remove(65_536L * 3 + low);
      if (batch.termChanges() == 50) {
        index.apply(batch, 1);
        batch.reset();
      }
    }
    index.apply(batch, 3);
    model.check(postings, "shrunk");
    batch.reset();
    for (int low = 29_990; low < 30_000; low++) {
      batch.remove(1, bytes("x"), 65_536L * 3 + low);
    }
    index.apply(batch, 4);
    assertThat(ordinals(postings)).isEmpty();
    assertThat(index.stats().containers()).isZero();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void random_changes_agree_with_the_model(long seed) {
    Random random = new Random(seed);
    IndexModel model = new IndexModel(WIDTHS.length);
    IndexBatch batch = new IndexBatch();
    int range = seed % 2 == 0 ? 200_000 : 3_000_000;
    for (int round = 0; round < 40; round++) {
      batch.reset();
      int changes = 1 + random.nextInt(random.nextInt(4) == 0 ? 20_000 : 30);
      int run = 0;
      for (int i = 0; i < changes; i++) {
        int field = random.nextInt(3);
        String value = "t" + random.nextInt(field == 2 ? 2_000 : 3);
        run = random.nextInt(50) == 0 ? random.nextInt(range) : run + 1;
        long ordinal = random.nextBoolean() ? random.nextInt(range) : run;
        if (random.nextInt(3) == 0) {
          batch.remove(field, bytes(value), ordinal);
          model.remove(field, value, ordinal);
        } else {
          batch.add(field, bytes(value), ordinal);
          model.add(field, value, ordinal);
        }
        if (i % 4 == 0) {
          long[] row = random.longs(WIDTHS.length, -100, 100).toArray();
          batch.putRow(ordinal, row);
          model.rows.put(ordinal, row);
        } else if (i % 31 == 0) {
          batch.removeRow(ordinal);
          model.rows.remove(ordinal);
        }
      }
      index.apply(batch, round + 1);
      if (round % 8 == 7) {
        model.check(index);
        model.checkAlgebra(index, random, range);
      }
    }
    assertThat(index.watermark()).isEqualTo(40);
  }

  @Test
  void algebra_over_plain_sets() {
    Postings evens = Postings.of(0, 2, 4, 65_536, 65_538, 1L << 33);
    assertThat(ordinals(Postings.range(2, 65_537)).length).isEqualTo(65_535);
    assertThat(ordinals(Postings.and(List.of(evens, Postings.range(2, 65_537)))))
        .containsExactly(2, 4, 65_536);
    assertThat(ordinals(Postings.andNot(evens, Postings.range(2, 65_537))))
        .containsExactly(0, 65_538, 1L << 33);
    assertThat(ordinals(Postings.or(List.of(evens, Postings.range(3, 5)))))
        .containsExactly(0, 2, 3, 4, 65_536, 65_538, 1L << 33);
    assertThat(ordinals(Postings.empty())).isEmpty();
    assertThat(ordinals(Postings.or(List.of()))).isEmpty();
    assertThat(Postings.range(5, 3).cardinality()).isZero();
    assertThat(Postings.range(0, Long.MAX_VALUE).cardinality()).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> Postings.and(List.of())).isInstanceOf(IllegalArgumentException.class);
    OrdinalCursor cursor = evens.cursor();
    assertThat(cursor.advance(3)).isEqualTo(4);
    assertThat(cursor.advance(0)).isEqualTo(65_536);
    assertThat(cursor.advance(65_539)).isEqualTo(1L << 33);
    assertThat(cursor.advance(0)).isEqualTo(OrdinalCursor.END);
  }

  @Test
  void a_cursor_that_is_sent_below_zero_is_at_its_first() {
    add(1, "x", 1, 2, 3, 70_000);
    long[] many = new long[5_000];
    Arrays.setAll(many, i -> 7 + i);
    add(1, "dense", many);
    assertThat(index.term(1, bytes("x")).cursor().advance(-1)).isEqualTo(1);
    assertThat(index.term(1, bytes("x")).cursor().advance(Long.MIN_VALUE)).isEqualTo(1);
    assertThat(index.term(1, bytes("dense")).cursor().advance(-1)).isEqualTo(7);
  }

  @Test
  void postings_of_other_making_take_part() {
    add(1, "x", 1, 2, 3, 70_000);
    Postings own = index.term(1, bytes("x"));
    Postings foreign =
        new Postings() {
          private final Postings inner = Postings.of(2, 70_000, 70_001);

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
        };
    assertThat(ordinals(Postings.and(List.of(own, foreign)))).containsExactly(2, 70_000);
    assertThat(ordinals(Postings.or(new ArrayList<>(List.of(own, foreign)))))
        .containsExactly(1, 2, 3, 70_000, 70_001);
    assertThat(ordinals(Postings.andNot(own, foreign))).containsExactly(1, 3);
  }
}
