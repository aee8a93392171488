package dev.quarry.index;

final class HeapPostingIndexTest extends PostingIndexContractTest {
  @Override
  PostingIndex create() {
    return new HeapPostingIndex(WIDTHS);
  }
}
