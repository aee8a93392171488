package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets the oldest commits of the change log, some at a time. Where that fails and the store goes
 * on, it is put off: it must cost a commit nothing. Not thread-safe.
 */
final class LogTrimmer {
  private static final Logger LOG = LoggerFactory.getLogger(LogTrimmer.class);
  private static final int EVERY = 256;

  /** Commits until the next attempt after one that failed. */
  static final int PUT_OFF = 4_096;

  private final Storage storage;
  private final RecordCodec codec;
  private final ChangeLog changes;
  private final long keptCommits;

  /** {@code Long.MAX_VALUE} where it is not known. */
  private long firstKept = Long.MAX_VALUE;

  private long notBefore;

  LogTrimmer(Storage storage, RecordCodec codec, ChangeLog changes, long keptCommits) {
    this.storage = storage;
    this.codec = codec;
    this.changes = changes;
    this.keptCommits = keptCommits;
  }

  /** Trims what lies too far behind the last commit; {@code batch} is scratch. */
  void trim(StorageBatch batch, long last) {
    if (last < notBefore) {
      return;
    }
    try {
      trimSome(batch, last);
    } catch (CorruptionException e) {
      putOff(last);
      LOG.warn("old entries of the change log are damaged and stay; repair the store", e);
    } catch (StorageException e) {
      if (!e.isRetryable()) {
        throw e;
      }
      putOff(last);
      LOG.warn("old entries of the change log could not be removed; they will be later", e);
    }
  }

  private void putOff(long last) {
    notBefore = last + PUT_OFF;
  }

  /** Before which commit it is not tried again, for tests. */
  long notBefore() {
    return notBefore;
  }

  private void trimSome(StorageBatch batch, long last) {
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
