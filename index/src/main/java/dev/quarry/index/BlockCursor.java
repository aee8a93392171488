package dev.quarry.index;

/**
 * Iterates postings block by block; each block is read once, at its entry, into scratch that is the
 * cursor's own until it has ended.
 */
final class BlockCursor implements OrdinalCursor {
  private final BlockPostings postings;
  private BlockPool pool;
  private Block block;

  /** Number of the block in scratch; -1 before the first. */
  private long number = -1;

  /** Position of the next value in a sparse block; of the next bit in a dense one. */
  private int position;

  private boolean ended;

  BlockCursor(BlockPostings postings) {
    this.postings = postings;
    this.pool = postings.takeScratch();
    this.block = pool.take();
  }

  @Override
  public long next() {
    while (!ended) {
      int low = lowAtOrAfterPosition();
      if (low >= 0) {
        return (number << Block.SHIFT) + low;
      }
      enter(number + 1);
    }
    return END;
  }

  @Override
  public long advance(long target) {
    if (ended) {
      return END;
    }
    long from = Math.max(0, target);
    long wanted = Block.blockOf(from);
    if (wanted > number) {
      enter(wanted);
    }
    if (number == wanted) {
      int low = Block.lowOf(from);
      if (block.isDense()) {
        position = Math.max(position, low);
      } else {
        position = block.lowerBound(low, position);
      }
    }
    return next();
  }

  private void enter(long from) {
    number = postings.nextBlock(from);
    position = 0;
    if (number == BlockPostings.NO_BLOCK) {
      end();
    } else {
      postings.load(number, block, pool);
    }
  }

  private void end() {
    ended = true;
    pool.give(block);
    postings.giveScratch(pool);
    block = null; // others may write there from now on
    pool = null;
  }

  /** The next member of the block and moves past it, or -1. */
  private int lowAtOrAfterPosition() {
    if (!block.isDense()) {
      return position < block.cardinality() ? block.values()[position++] : -1;
    }
    int word = position >>> 6;
    if (word >= Block.WORDS) {
      return -1;
    }
    long[] words = block.words();
    long bits = words[word] & -1L << position;
    while (bits == 0) {
      if (++word == Block.WORDS) {
        position = Block.SIZE;
        return -1;
      }
      bits = words[word];
    }
    int low = (word << 6) + Long.numberOfTrailingZeros(bits);
    position = low + 1;
    return low;
  }
}
