package dev.quarry.index;

/** What is in every one of several sets; in each block the smallest drives. */
final class AndPostings extends BlockPostings {
  private static final int DONE = -1;

  private final BlockPostings[] sets;

  AndPostings(BlockPostings[] sets) {
    this.sets = sets;
  }

  @Override
  ScratchPool idleScratch() {
    return sets[0].idleScratch();
  }

  @Override
  long nextBlock(long from) {
    long block = from;
    int agreed = 0;
    for (int i = 0; agreed < sets.length; i = i + 1 == sets.length ? 0 : i + 1) {
      long next = sets[i].nextBlock(block);
      if (next == NO_BLOCK) {
        return NO_BLOCK;
      }
      agreed = next == block ? agreed + 1 : 1;
      block = next;
    }
    return block;
  }

  @Override
  int blockBound(long block) {
    int bound = Integer.MAX_VALUE;
    for (BlockPostings set : sets) {
      bound = Math.min(bound, set.blockBound(block));
    }
    return bound;
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    out.clear();
    int n = sets.length;
    int[] bounds = new int[n];
    int smallest = 0;
    for (int i = 0; i < n; i++) {
      bounds[i] = sets[i].blockBound(block);
      if (bounds[i] == 0) {
        return;
      }
      if (bounds[i] < bounds[smallest]) {
        smallest = i;
      }
    }
    sets[smallest].load(block, out, pool);
    bounds[smallest] = DONE;
    for (int left = n - 1; left > 0 && !out.isEmpty(); left--) {
      int next = cheapest(bounds);
      sets[next].retain(block, out, pool);
      bounds[next] = DONE;
    }
  }

  /**
   * The set to test next: bitmaps before arrays, because a bit costs less to test than a place in
   * an array to find, and the fewer members are left then; the smaller before the larger.
   */
  private static int cheapest(int[] bounds) {
    int best = -1;
    for (int i = 0; i < bounds.length; i++) {
      if (bounds[i] != DONE && (best < 0 || cost(bounds[i]) < cost(bounds[best]))) {
        best = i;
      }
    }
    return best;
  }

  private static int cost(int bound) {
    return bound > Block.ARRAY_MAX ? bound - Block.SIZE : bound;
  }

  @Override
  public long upperBound() {
    long bound = Long.MAX_VALUE;
    for (BlockPostings set : sets) {
      bound = Math.min(bound, set.upperBound());
    }
    return bound;
  }

  @Override
  public boolean contains(long ordinal) {
    for (BlockPostings set : sets) {
      if (!set.contains(ordinal)) {
        return false;
      }
    }
    return true;
  }
}
