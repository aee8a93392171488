package dev.quarry.internal.index;

import dev.quarry.index.PostingIndex;
import dev.quarry.query.Field;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The {@link TermList}s of the fields, each kept until its field gets another term, the index is
 * rebuilt, or a field that shares its slot is asked for: attributes have numbers without end.
 * Lock-free: who finds a list outdated reads it anew and leaves it for others.
 */
final class TermLists {
  private static final int SLOTS = 64;

  /** What is kept of one field takes no more than some hundred kilobytes of heap. */
  private static final int MOST_TERMS = 4_096;

  private final AtomicReferenceArray<TermList> lists = new AtomicReferenceArray<>(SLOTS);

  /** The list of a field; {@code epoch} was read before and is that of the index's contents. */
  TermList of(PostingIndex index, long epoch, int number, Field<?> field) {
    int newest = index.newestTerm(number);
    int slot = number % SLOTS;
    TermList kept = lists.get(slot);
    if (kept != null && kept.isOf(epoch, number, newest)) {
      return kept;
    }
    TermList read = TermList.read(index, epoch, newest, number, field, MOST_TERMS);
    lists.set(slot, read);
    return read;
  }
}
