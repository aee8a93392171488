package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which commits touched which tasks, by sequence, as far back as is kept. A sequence whose commit
 * failed has no entry. Thread-safe.
 */
public final class ChangeLog {
  /** Of a batch that trims; commits of many tasks keep as many entries in the history. */
  private static final int MOST_BYTES = 4 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ChangeLog.class);

  private static final byte[] NO_ID = {};

  private final Storage storage;

  /** A log in this storage. */
  public ChangeLog(Storage storage) {
    this.storage = storage;
  }

  /**
   * The ordinals of one commit, or null where the log does not have it or it has more than {@code
   * most}.
   */
  public long[] ordinals(long sequence, int most) {
    byte[] value = storage.get(Family.CHANGES, Keys.number(sequence));
    if (value == null) {
      return null;
    }
    LongStream.Builder ordinals = LongStream.builder();
    long[] count = {0};
    new LogEntry(sequence, value)
        .forEach(
            (kind, ordinal, n) -> {
              count[0] += n;
              for (int k = 0; k < n && count[0] <= most; k++) {
                ordinals.add(ordinal + k);
              }
            });
    return count[0] > most ? null : ordinals.build().toArray();
  }

  /** The first sequence in the log, or {@code Long.MAX_VALUE} for an empty one. */
  public long firstSequence() {
    try (StorageIterator it = storage.iterate(Family.CHANGES, null, null, null)) {
      it.first();
      return it.isValid() ? Keys.number(it.key()) : Long.MAX_VALUE;
    }
  }

  /**
   * Stages the removal of entries from {@code from} on up to {@code most}, exclusive, together with
   * what they keep in the history; of fewer where that is much. Returns the sequence before which
   * all are removed.
   */
  long trim(StorageBatch batch, RecordIds ids, long from, long most) {
    byte[] lower = Keys.number(from);
    long to = most;
    try (StorageIterator it =
        storage.iterate(Family.CHANGES, lower, Keys.number(most), null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        if (batch.sizeBytes() > MOST_BYTES) {
          to = Keys.number(it.key());
          break;
        }
        trimEntry(batch, ids, Keys.number(it.key()), it.value());
      }
    }
    batch.deleteRange(Family.CHANGES, lower, Keys.number(to));
    batch.deleteRange(Family.PAST, HistoryKeys.archived(0, NO_ID), HistoryKeys.archived(to, NO_ID));
    return to;
  }

  /** What a damaged entry kept stays behind; the entry itself goes with its range. */
  private void trimEntry(StorageBatch batch, RecordIds ids, long sequence, byte[] value) {
    try {
      new LogEntry(sequence, value)
          .forEach(
              (kind, ordinal, n) -> {
                if (kind == LogEntry.Kind.UPDATE || kind == LogEntry.Kind.DELETE) {
                  byte[] key = HistoryKeys.before(ordinal, sequence);
                  byte[] kept =
                      kind == LogEntry.Kind.DELETE ? storage.get(Family.HISTORY, key) : null;
                  if (kept != null) {
                    batch.delete(Family.PAST, HistoryKeys.past(ids.idIn(kept), ordinal));
                  }
                  batch.delete(Family.HISTORY, key);
                }
              });
    } catch (CorruptionException e) {
      LOG.warn("a damaged entry leaves the change log; what the history kept for it stays", e);
    }
  }

  /** Finds the id in an entry of the history. */
  @FunctionalInterface
  interface RecordIds {
    String idIn(byte[] entry);
  }
}
