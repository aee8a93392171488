package dev.quarry.index;

import java.util.ArrayList;

/** The scratch blocks of one evaluation, handed out and taken back; not thread-safe. */
final class BlockPool {
  private final ArrayList<Block> free = new ArrayList<>();

  Block take() {
    Block block = free.isEmpty() ? new Block() : free.remove(free.size() - 1);
    block.clear();
    return block;
  }

  void give(Block block) {
    free.add(block);
  }
}
