package dev.quarry.internal.index;

import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;

/** What tasks wait for, for a walk over the records by rising ordinal. Not thread-safe. */
final class WaitsWalk implements AutoCloseable {
  private final StorageIterator it;

  WaitsWalk(Storage storage, StorageSnapshot at) {
    it = storage.iterate(Family.WAITS, null, null, at, true);
    it.first();
  }

  /** The waits of a task; ordinals must rise from call to call. */
  int of(long ordinal) {
    while (it.isValid() && Keys.number(it.key()) < ordinal) {
      it.next();
    }
    return it.isValid() && Keys.number(it.key()) == ordinal ? Waits.decode(it.value()) : 0;
  }

  @Override
  public void close() {
    it.close();
  }
}
