package dev.quarry.index;

import java.util.List;

/**
 * Postings that can be read one block of 65,536 ordinals at a time, which is how combinations are
 * evaluated: block by block into scratch that the reading cursor owns. Instances hold no reading
 * state, so any number of threads may share one.
 */
abstract class BlockPostings implements Postings {
  /** What {@link #nextBlock} returns where nothing is left; larger than any block number. */
  static final long NO_BLOCK = Long.MAX_VALUE;

  /** The postings as such, or an adapter where they come from outside of this package. */
  static BlockPostings of(Postings postings) {
    return postings instanceof BlockPostings own ? own : new ForeignPostings(postings);
  }

  static BlockPostings[] all(List<? extends Postings> sets) {
    BlockPostings[] all = new BlockPostings[sets.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = of(sets.get(i));
    }
    return all;
  }

  /** The lowest block at or after {@code from} that may have members, or {@link #NO_BLOCK}. */
  abstract long nextBlock(long from);

  /** A bound on the members within the block, cheap and for ordering only. */
  abstract int blockBound(long block);

  /** Overwrites {@code out} with the members in the block. */
  abstract void load(long block, Block out, BlockPool pool);

  /** Keeps in {@code block} what is in this set too. */
  void retain(long number, Block block, BlockPool pool) {
    Block mine = pool.take();
    load(number, mine, pool);
    block.and(mine);
    pool.give(mine);
  }

  /** Takes out of {@code block} what is in this set. */
  void subtract(long number, Block block, BlockPool pool) {
    Block mine = pool.take();
    load(number, mine, pool);
    block.andNot(mine);
    pool.give(mine);
  }

  /** The exact number of members in the block. */
  int blockCardinality(long number, Block scratch, BlockPool pool) {
    load(number, scratch, pool);
    return scratch.cardinality();
  }

  /** Idle scratch for evaluations of this set, or null where none is kept. */
  ScratchPool idleScratch() {
    return null;
  }

  final BlockPool takeScratch() {
    ScratchPool idle = idleScratch();
    return idle == null ? new BlockPool() : idle.take();
  }

  final void giveScratch(BlockPool scratch) {
    ScratchPool idle = idleScratch();
    if (idle != null) {
      idle.give(scratch);
    }
  }

  @Override
  public long cardinality() {
    BlockPool pool = takeScratch();
    Block scratch = pool.take();
    long total = 0;
    for (long b = nextBlock(0); b != NO_BLOCK; b = nextBlock(b + 1)) {
      total += blockCardinality(b, scratch, pool);
    }
    pool.give(scratch);
    giveScratch(pool);
    return total;
  }

  @Override
  public void block(long number, long[] words) {
    BlockPool pool = takeScratch();
    Block block = pool.take();
    load(number, block, pool);
    block.copyTo(words);
    pool.give(block);
    giveScratch(pool);
  }

  @Override
  public OrdinalCursor cursor() {
    return new BlockCursor(this);
  }
}
