package dev.quarry.internal.write;

import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;

/** Forgets the oldest commits of the change log, some at a time. Not thread-safe. */
final class LogTrimmer {
  private static final int EVERY = 256;

  private final Storage storage;
  private final RecordCodec codec;
  private final ChangeLog changes;
  private final long keptCommits;
  private long firstKept;

  LogTrimmer(Storage storage, RecordCodec codec, ChangeLog changes, long keptCommits) {
    this.storage = storage;
    this.codec = codec;
    this.changes = changes;
    this.keptCommits = keptCommits;
    this.firstKept = changes.firstSequence();
  }

  /** Trims what lies too far behind the last commit; {@code batch} is scratch. */
  void trim(StorageBatch batch, long last) {
    long cutoff = last - keptCommits;
    if (firstKept == Long.MAX_VALUE) {
      firstKept = Math.max(1, changes.firstSequence());
    }
    if (cutoff - firstKept < EVERY) {
      return;
    }
    batch.clear();
    long most = Math.min(cutoff, firstKept + 2L * EVERY);
    long to = changes.trim(batch, entry -> History.idIn(codec, entry), firstKept, most);
    storage.write(batch, false);
    firstKept = to; // not before: what stays must have no hole behind it
  }
}
