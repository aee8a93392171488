package dev.quarry.index;

/** Postings of another package's making, read through nothing but their public methods. */
final class ForeignPostings extends BlockPostings {
  private final Postings postings;

  ForeignPostings(Postings postings) {
    this.postings = postings;
  }

  @Override
  long nextBlock(long from) {
    if (from > Block.blockOf(Long.MAX_VALUE)) {
      return NO_BLOCK;
    }
    long ordinal = postings.cursor().advance(from << Block.SHIFT);
    return ordinal == OrdinalCursor.END ? NO_BLOCK : Block.blockOf(ordinal);
  }

  @Override
  int blockBound(long block) {
    return (int) Math.min(Block.SIZE, postings.upperBound());
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    out.clear();
    long end = (block + 1) << Block.SHIFT;
    OrdinalCursor cursor = postings.cursor();
    for (long o = cursor.advance(block << Block.SHIFT); o < end; o = cursor.next()) {
      out.add(Block.lowOf(o));
    }
  }

  @Override
  public long upperBound() {
    return postings.upperBound();
  }

  @Override
  public boolean contains(long ordinal) {
    return postings.contains(ordinal);
  }
}
