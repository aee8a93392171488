package dev.quarry.internal.write;

import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;

/**
 * Takes what lies behind a sequence out of a change log, and gives the archive back what it held
 * then. For storages that nobody else uses; reads go to a snapshot from before the cut.
 */
public final class LogCut {
  private static final byte[] NO_ID = {};

  private final Storage storage;
  private final StorageSnapshot at;
  private final long last;
  private final Runnable staged;

  /**
   * A cut behind {@code last}.
   *
   * @param staged called behind each entry that was staged; may write the batch and clear it
   */
  public LogCut(Storage storage, StorageSnapshot at, long last, Runnable staged) {
    this.staged = staged;
    this.storage = storage;
    this.at = at;
    this.last = last;
  }

  /** Stages the removal of what the history keeps of a task for later commits. */
  public void ofTask(StorageBatch batch, long ordinal) {
    byte[] from = HistoryKeys.before(ordinal, last + 1);
    byte[] to = HistoryKeys.before(ordinal + 1, 0);
    try (StorageIterator it = storage.iterate(Family.HISTORY, from, to, at)) {
      for (it.first(); it.isValid(); it.next()) {
        batch.delete(Family.HISTORY, it.key());
        staged.run();
      }
    }
  }

  /** Stages the removal of later commits and of what tells of tasks that they removed. */
  public void ofLog(StorageBatch batch) {
    batch.deleteRange(Family.CHANGES, Keys.number(last + 1), Keys.number(Long.MAX_VALUE));
    try (StorageIterator it =
        storage.iterate(Family.PAST, HistoryKeys.firstPast(), null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        if (Keys.number(it.value()) > last) {
          batch.delete(Family.PAST, it.key());
          staged.run();
        }
      }
    }
  }

  /** Stages the archive as it was: of each id, what its first later change found. */
  public void ofArchive(StorageBatch batch) {
    byte[] from = HistoryKeys.archived(last + 1, NO_ID);
    byte[] to = HistoryKeys.firstPast();
    try (StorageIterator it = storage.iterate(Family.PAST, from, to, at, true)) {
      // from the last change to the first, so that what that one found is written last and stays
      for (it.last(); it.isValid(); it.previous()) {
        byte[] id = HistoryKeys.archivedId(it.key());
        byte[] before = it.value();
        if (before.length == 0) {
          batch.delete(Family.ARCHIVE, id);
        } else {
          batch.put(Family.ARCHIVE, id, before);
        }
        staged.run();
      }
    }
    batch.deleteRange(Family.PAST, from, to);
  }
}
