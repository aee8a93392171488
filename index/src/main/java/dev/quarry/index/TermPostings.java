package dev.quarry.index;

/** The live posting list of one term in off-heap containers; resolves a term that comes later. */
final class TermPostings extends BlockPostings {
  private final ChroniclePostingIndex index;
  private final int field;
  private final byte[] value;

  /** Found once and good for as long as the index has this reader; racy, but immutable. */
  private Resolved resolved;

  private record Resolved(ContainerReader reader, long record, int termId) {}

  TermPostings(ChroniclePostingIndex index, int field, byte[] value) {
    this.index = index;
    this.field = field;
    this.value = value;
  }

  /** Where the term is, or null while it is unknown. */
  private Resolved resolve() {
    Contents contents = index.contents();
    Resolved known = resolved;
    if (known != null && known.reader == contents.reader()) {
      return known;
    }
    long record = contents.terms().find(field, value, 0, value.length);
    if (record == 0) {
      return null;
    }
    known = new Resolved(contents.reader(), record, TermDirectory.termId(record));
    resolved = known;
    return known;
  }

  /**
   * For one block; null also for one that no ordinal can be in: its number would reach into the
   * term's number in a key.
   */
  private Resolved resolve(long block) {
    return block > Block.BLOCK_MAX ? null : resolve();
  }

  @Override
  ScratchPool idleScratch() {
    return index.scratch();
  }

  @Override
  long nextBlock(long from) {
    Resolved term = resolve();
    if (term == null) {
      return NO_BLOCK;
    }
    // between the two there may be blocks without members; the bound of each tells them
    long block = Math.max(from, TermDirectory.minBlock(term.record));
    return block <= TermDirectory.maxBlock(term.record) ? block : NO_BLOCK;
  }

  @Override
  int blockBound(long block) {
    Resolved term = resolve(block);
    return term == null ? 0 : term.reader.cardinality(term.termId, block);
  }

  @Override
  void load(long block, Block out, BlockPool pool) {
    Resolved term = resolve(block);
    if (term == null) {
      out.clear();
    } else {
      term.reader.load(term.termId, block, out);
    }
  }

  @Override
  void retain(long number, Block block, BlockPool pool) {
    Resolved term = resolve(number);
    if (term == null) {
      block.clear();
    } else if (!block.isEmpty()) {
      term.reader.filter(term.termId, number, block, true, pool);
    }
  }

  @Override
  void subtract(long number, Block block, BlockPool pool) {
    Resolved term = resolve(number);
    if (term != null && !block.isEmpty()) {
      term.reader.filter(term.termId, number, block, false, pool);
    }
  }

  @Override
  public long cardinality() {
    Resolved term = resolve();
    return term == null ? 0 : TermDirectory.cardinality(term.record);
  }

  @Override
  public long upperBound() {
    return cardinality();
  }

  @Override
  public boolean contains(long ordinal) {
    Resolved term = resolve();
    return term != null
        && ordinal >= 0
        && ordinal < Block.ORDINAL_LIMIT
        && term.reader.contains(term.termId, Block.blockOf(ordinal), Block.lowOf(ordinal));
  }
}
