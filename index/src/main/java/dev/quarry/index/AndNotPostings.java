package dev.quarry.index;

/** What is in one set and not in another. */
final class AndNotPostings extends BlockPostings {
  private final BlockPostings set;
  private final BlockPostings without;

  AndNotPostings(BlockPostings set, BlockPostings without) {
    this.set = set;
    this.without = without;
  }

  @Override
  ScratchPool idleScratch() {
    return set.idleScratch();
  }

  @Override
  long nextBlock(long from) {
    return set.nextBlock(from);
  }

  @Override
  int blockBound(long block) {
    return set.blockBound(block);
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    set.load(block, out, pool);
    if (!out.isEmpty() && without.blockBound(block) > 0) {
      without.subtract(block, out, pool);
    }
  }

  @Override
  public long upperBound() {
    return set.upperBound();
  }

  @Override
  public boolean contains(long ordinal) {
    return set.contains(ordinal) && !without.contains(ordinal);
  }
}
