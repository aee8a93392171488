package dev.quarry.internal.change;

import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitListener;
import dev.quarry.internal.write.History;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The change log of a store.
 *
 * @param history the log
 * @param lastSequence the store's last commit
 * @param refresh takes over what another process has committed; null where this one commits
 */
public record HistorySource(History history, LongSupplier lastSequence, Runnable refresh)
    implements CommitSource {
  @Override
  public long last() {
    return lastSequence.getAsLong();
  }

  @Override
  public long firstRetained() {
    return history.firstRetained();
  }

  @Override
  public void forEach(long after, Predicate<Commit> more) {
    history.forEach(after, more);
  }

  @Override
  public boolean poll(long after, CommitListener target) {
    if (refresh == null) {
      return false;
    }
    refresh.run();
    long last = last();
    if (last > after) {
      history.forEach(
          after,
          commit -> {
            if (commit.sequence() > last) {
              return false;
            }
            target.committed(commit);
            return true;
          });
    }
    return true;
  }
}
