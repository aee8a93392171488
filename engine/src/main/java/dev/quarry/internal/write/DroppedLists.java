package dev.quarry.internal.write;

import dev.quarry.index.IndexBatch;
import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.PostingIndex;
import java.util.function.Predicate;

/**
 * Empties the posting lists of a dropped index, some thousand members at a time, so that their
 * containers are free for others. Its terms stay, as those do that no task has any more. Nobody
 * else changes these lists, and who reads them finds the catalog changed. Not thread-safe.
 */
final class DroppedLists {
  private static final int CHUNK = 4_096;

  private final PostingIndex index;
  private final int field;
  private final Predicate<IndexBatch> apply;
  private final IndexBatch chunk = new IndexBatch();
  private int size;
  private boolean ended;

  /**
   * Lists to be emptied.
   *
   * @param apply applies a chunk; false where no further one is wanted
   */
  DroppedLists(PostingIndex index, int field, Predicate<IndexBatch> apply) {
    this.index = index;
    this.field = field;
    this.apply = apply;
  }

  void empty() {
    index.forEachTerm(field, (term, n) -> empty(term));
    applyChunk();
  }

  private void empty(byte[] term) {
    OrdinalCursor members = index.term(field, term).cursor();
    for (long o = members.next(); o != OrdinalCursor.END && !ended; o = members.next()) {
      chunk.remove(field, term, o);
      size++;
      if (size == CHUNK) {
        applyChunk();
      }
    }
  }

  private void applyChunk() {
    if (size > 0) {
      ended |= !apply.test(chunk);
      chunk.reset();
      size = 0;
    }
  }
}
