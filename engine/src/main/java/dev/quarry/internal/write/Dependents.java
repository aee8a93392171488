package dev.quarry.internal.write;

import dev.quarry.internal.index.LinkEntries;
import dev.quarry.internal.storage.Family;
import java.util.List;

/**
 * The tasks that depend on one, by their ordinals, of what is stored and staged. They are read in
 * stretches that grow: who stops early has not paid for all, and who goes on has not begun often.
 */
public final class Dependents {
  private static final int FIRST = 16;
  private static final int GROWTH = 4;
  private static final int MOST = 1 << 16;

  private final StagedState state;
  private final byte[] prefix;
  private byte[] from;
  private int most = FIRST;
  private List<Long> read = List.of();
  private int at;

  Dependents(StagedState state, String id) {
    this.state = state;
    this.prefix = LinkEntries.prefix(id, LinkEntries.BLOCKS);
    this.from = prefix;
  }

  /** The next ordinal, or -1 at the end. */
  public long next() {
    while (at == read.size() && from != null) {
      StagedState.Stretch stretch = state.ordinals(Family.LINKS, prefix, from, most);
      most = Math.min(MOST, most * GROWTH);
      read = stretch.ordinals();
      from = stretch.next();
      at = 0;
    }
    return at == read.size() ? -1 : read.get(at++);
  }
}
