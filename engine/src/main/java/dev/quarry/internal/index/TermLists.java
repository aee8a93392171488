package dev.quarry.internal.index;

import dev.quarry.index.PostingIndex;
import dev.quarry.query.Field;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The {@link TermList}s of the fields, each kept until its field gets another term or the index is
 * rebuilt. Lock-free: who finds a list outdated reads it anew and leaves it for others.
 */
final class TermLists {
  private static final int FIELDS = 64;

  /** What is kept of one field takes no more than some hundred kilobytes of heap. */
  private static final int MOST_TERMS = 4_096;

  private final AtomicReferenceArray<TermList> lists = new AtomicReferenceArray<>(FIELDS);

  /** The list of a field; {@code epoch} was read before and is that of the index's contents. */
  TermList of(PostingIndex index, long epoch, int number, Field<?> field) {
    int newest = index.newestTerm(number);
    TermList kept = number < FIELDS ? lists.get(number) : null;
    if (kept != null && kept.isOf(epoch, newest)) {
      return kept;
    }
    TermList read = TermList.read(index, epoch, newest, number, field, MOST_TERMS);
    if (number < FIELDS) {
      lists.set(number, read);
    }
    return read;
  }
}
