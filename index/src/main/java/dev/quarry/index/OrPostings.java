package dev.quarry.index;

/** What is in any of several sets. */
final class OrPostings extends BlockPostings {
  private final BlockPostings[] sets;

  OrPostings(BlockPostings[] sets) {
    this.sets = sets;
  }

  @Override
  ScratchPool idleScratch() {
    return sets[0].idleScratch();
  }

  @Override
  long nextBlock(long from) {
    long block = NO_BLOCK;
    for (BlockPostings set : sets) {
      long next = set.nextBlock(from);
      if (next == from) {
        return from;
      }
      block = Math.min(block, next);
    }
    return block;
  }

  @Override
  int blockBound(long block) {
    int bound = 0;
    for (BlockPostings set : sets) {
      bound = Math.min(Block.SIZE, bound + set.blockBound(block));
    }
    return bound;
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    out.clear();
    Block mine = pool.take();
    for (BlockPostings set : sets) {
      if (set.blockBound(block) == 0) {
        continue;
      }
      if (out.isEmpty()) {
        set.load(block, out, pool);
      } else {
        set.load(block, mine, pool);
        out.or(mine);
      }
    }
    pool.give(mine);
  }

  /** With few members to keep, asks each set for them instead of building the union. */
  @Override
  void retain(long number, Block block, BlockPool pool) {
    if (block.isDense()) {
      super.retain(number, block, pool);
      return;
    }
    Block kept = pool.take();
    Block part = pool.take();
    for (BlockPostings set : sets) {
      part.copyFrom(block);
      set.retain(number, part, pool);
      kept.or(part);
    }
    block.copyFrom(kept);
    pool.give(part);
    pool.give(kept);
  }

  @Override
  void subtract(long number, Block block, BlockPool pool) {
    for (BlockPostings set : sets) {
      set.subtract(number, block, pool);
    }
  }

  @Override
  public long upperBound() {
    long bound = 0;
    for (BlockPostings set : sets) {
      bound = Math.min(Block.ORDINAL_LIMIT, bound + set.upperBound());
    }
    return bound;
  }

  @Override
  public boolean contains(long ordinal) {
    for (BlockPostings set : sets) {
      if (set.contains(ordinal)) {
        return true;
      }
    }
    return false;
  }
}
