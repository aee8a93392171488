package dev.quarry.index;

import java.util.List;

/**
 * A set of ordinals, either the live posting list of one term or a lazy combination of such.
 * Nothing is materialised by combining; each read sees the index as it is at that moment. Values of
 * this type may be read by any number of threads; no read takes a lock or waits for the writer.
 */
public interface Postings {
  /** The exact number of ordinals. O(1) for one term, a pass over containers for a combination. */
  long cardinality();

  /** A bound that {@link #cardinality} does not exceed; O(number of terms), for planning. */
  long upperBound();

  /** Whether the set holds {@code ordinal}; O(terms), about a hash look-up and one read each. */
  boolean contains(long ordinal);

  /** A new iteration from the lowest ordinal. */
  OrdinalCursor cursor();

  /** Ordinals in a block. */
  int BLOCK = Block.SIZE;

  /**
   * Sets the bits of the members in the block of {@value #BLOCK} ordinals with this number, from 0.
   *
   * @param words a bitmap of the block, without any bit
   */
  default void block(long number, long[] words) {
    long end = (number + 1) * BLOCK;
    OrdinalCursor cursor = cursor();
    for (long o = cursor.advance(number * BLOCK); o < end; o = cursor.next()) {
      words[(int) (o % BLOCK) >>> 6] |= 1L << o;
    }
  }

  /** The empty set. */
  static Postings empty() {
    return new RangePostings(0, 0);
  }

  /** The set of exactly these ordinals; {@code sorted} is rising, distinct, and not copied. */
  static Postings of(long... sorted) {
    return new SortedPostings(sorted);
  }

  /** All ordinals {@code >= from} and {@code < to}. */
  static Postings range(long from, long to) {
    return new RangePostings(Math.max(0, from), to);
  }

  /** The ordinals that are in every one of {@code sets} (at least one set). */
  static Postings and(List<? extends Postings> sets) {
    if (sets.isEmpty()) {
      throw new IllegalArgumentException("and needs at least one set");
    }
    return sets.size() == 1 ? sets.get(0) : new AndPostings(BlockPostings.all(sets));
  }

  /** The ordinals that are in any of {@code sets}; none gives the empty set. */
  static Postings or(List<? extends Postings> sets) {
    if (sets.isEmpty()) {
      return empty();
    }
    return sets.size() == 1 ? sets.get(0) : new OrPostings(BlockPostings.all(sets));
  }

  /** The ordinals of {@code set} that are not in {@code without}. */
  static Postings andNot(Postings set, Postings without) {
    return new AndNotPostings(BlockPostings.of(set), BlockPostings.of(without));
  }
}
