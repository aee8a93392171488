package dev.quarry.internal.index;

import dev.quarry.index.PostingIndex;
import dev.quarry.query.Field;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The posting index as readers may use it: not at all while it is rebuilt or after it failed. A
 * reader notes {@link #epoch} before it reads and compares it after; what it read between unequal
 * epochs does not count. Thread-safe, never blocks.
 */
public final class IndexGate {
  private final PostingIndex index;
  private final AtomicLong epoch = new AtomicLong();
  private final TermLists terms = new TermLists();

  /** A gate before {@code index}, which is null where there is none. */
  public IndexGate(PostingIndex index) {
    this.index = index;
  }

  /** Even while the index may be used; changes with every rebuild. */
  public long epoch() {
    return epoch.get();
  }

  /** The index, or null while it may not be used. */
  public PostingIndex usable() {
    return index == null || (epoch.get() & 1) == 1 || index.isFailed() ? null : index;
  }

  /** The terms of the field with this number as they are now, or null where nobody can tell. */
  public TermList terms(int number, Field<?> field) {
    long now = epoch.get();
    PostingIndex usable = usable();
    return usable == null ? null : terms.of(usable, now, number, field);
  }

  /** Runs a rebuild, during which readers go by the records. */
  public void whileClosed(Runnable rebuild) {
    epoch.incrementAndGet();
    try {
      rebuild.run();
    } finally {
      epoch.incrementAndGet(); // an index whose load did not finish is failed, so stays unused
    }
  }
}
