package dev.quarry.index;

/** All ordinals from one (inclusive) to another (exclusive). */
final class RangePostings extends BlockPostings {
  private final long from;
  private final long to;

  RangePostings(long from, long to) {
    this.from = from;
    this.to = to;
  }

  private int lowFrom(long block) {
    return (int) Math.max(0, Math.min(Block.SIZE, from - (block << Block.SHIFT)));
  }

  private int lowTo(long block) {
    return (int) Math.max(0, Math.min(Block.SIZE, to - (block << Block.SHIFT)));
  }

  @Override
  long nextBlock(long start) {
    long block = Math.max(start, Block.blockOf(from));
    return from < to && block <= Block.blockOf(to - 1) ? block : NO_BLOCK;
  }

  @Override
  int blockBound(long block) {
    return Math.max(0, lowTo(block) - lowFrom(block));
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    int low = lowFrom(block);
    out.setRange(low, Math.max(low, lowTo(block)));
  }

  @Override
  void retain(long number, Block block, BlockPool pool) {
    if (blockBound(number) < Block.SIZE) {
      super.retain(number, block, pool);
    }
  }

  @Override
  public long cardinality() {
    return upperBound();
  }

  @Override
  public long upperBound() {
    return Math.max(0, to - from);
  }

  @Override
  public boolean contains(long ordinal) {
    return ordinal >= from && ordinal < to;
  }
}
