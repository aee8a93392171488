package dev.quarry.internal.change;

import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.History;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The change log of a store. Read over snapshots: a task's state at a commit is put together from
 * several families, which the next commit changes.
 *
 * @param storage where the log is
 * @param codec of its records
 * @param lastSequence the store's last commit
 * @param refresh takes over what another process has committed; null where this one commits
 */
public record HistorySource(
    Storage storage, RecordCodec codec, LongSupplier lastSequence, Runnable refresh)
    implements CommitSource {
  @Override
  public long last() {
    return lastSequence.getAsLong();
  }

  @Override
  public boolean takeOver() {
    if (refresh == null) {
      return false;
    }
    refresh.run(); // waits where another thread is taking over commits right now
    return true;
  }

  @Override
  public long firstRetained() {
    return new History(storage, codec).firstRetained(last());
  }

  @Override
  public void forEach(long after, Predicate<Commit> more) {
    takeOver();
    try (StorageSnapshot at = storage.snapshot()) {
      History.inTurn(storage, codec, at, () -> {}).forEach(after, more);
    }
  }
}
