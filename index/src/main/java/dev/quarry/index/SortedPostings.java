package dev.quarry.index;

import java.util.Arrays;

/** A given, rising list of ordinals. */
final class SortedPostings extends BlockPostings {
  private final long[] ordinals;

  SortedPostings(long[] ordinals) {
    this.ordinals = ordinals;
  }

  private int indexOf(long ordinal) {
    int at = Arrays.binarySearch(ordinals, ordinal);
    return at >= 0 ? at : -at - 1;
  }

  @Override
  long nextBlock(long from) {
    if (from > Block.blockOf(Long.MAX_VALUE)) {
      return NO_BLOCK;
    }
    int at = indexOf(from << Block.SHIFT);
    return at < ordinals.length ? Block.blockOf(ordinals[at]) : NO_BLOCK;
  }

  @Override
  int blockBound(long block) {
    long first = block << Block.SHIFT;
    return indexOf(first + Block.SIZE) - indexOf(first);
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    long first = block << Block.SHIFT;
    int start = indexOf(first);
    int n = indexOf(first + Block.SIZE) - start;
    char[] values = out.valuesFor(n);
    for (int i = 0; i < n; i++) {
      values[i] = (char) ordinals[start + i];
    }
    out.sparse(n);
    if (n > Block.ARRAY_MAX) {
      out.toDense();
    }
  }

  @Override
  public long cardinality() {
    return ordinals.length;
  }

  @Override
  public long upperBound() {
    return ordinals.length;
  }

  @Override
  public boolean contains(long ordinal) {
    return Arrays.binarySearch(ordinals, ordinal) >= 0;
  }
}
