package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;

/** A set of ordinals in a plain sorted set, to hold postings against. */
final class TermModel {
  final TreeSet<Long> ordinals = new TreeSet<>();

  TermModel() {}

  TermModel(NavigableSet<Long> ordinals) {
    this.ordinals.addAll(ordinals);
  }

  void check(Postings postings, String what) {
    long[] expected = ordinals.stream().mapToLong(Long::longValue).toArray();
    assertThat(PostingIndexContractTest.ordinals(postings)).as(what).isEqualTo(expected);
    assertThat(postings.cardinality()).as(what).isEqualTo(expected.length);
    assertThat(postings.upperBound()).as(what).isGreaterThanOrEqualTo(expected.length);
  }

  /** Jumps through a cursor in random strides and probes membership. */
  void probe(Postings postings, Random random, int range) {
    OrdinalCursor cursor = postings.cursor();
    long last = -1;
    for (int i = 0; i < 200; i++) {
      long target = last + 1 + random.nextInt(1 + random.nextInt(Math.max(1, range / 20)));
      boolean step = random.nextInt(3) == 0;
      Long expected = ordinals.ceiling(step ? last + 1 : target);
      long found = step ? cursor.next() : cursor.advance(target);
      assertThat(found).isEqualTo(expected == null ? OrdinalCursor.END : expected);
      if (expected == null) {
        break;
      }
      last = found;
    }
    for (int i = 0; i < 100; i++) {
      long ordinal = random.nextInt(range);
      assertThat(postings.contains(ordinal)).isEqualTo(ordinals.contains(ordinal));
    }
  }
}
