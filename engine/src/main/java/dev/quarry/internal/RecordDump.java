package dev.quarry.internal;

import dev.quarry.CorruptionException;
import dev.quarry.RawRecord;
import dev.quarry.Task;
import dev.quarry.TaskStoreException;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import java.util.function.Consumer;

/** Reads every record in key order and goes on behind blocks that cannot be read. */
final class RecordDump {
  private static final long MAX_STEP = 64;

  private final Storage storage;
  private final RecordCodec codec;
  private final StorageSnapshot at;
  private final Consumer<RawRecord> action;
  private long next;

  RecordDump(Storage storage, RecordCodec codec, StorageSnapshot at, Consumer<RawRecord> action) {
    this.storage = storage;
    this.codec = codec;
    this.at = at;
    this.action = action;
  }

  /** Dumps the records whose ordinals are below {@code bound}. */
  void run(long bound) {
    long step = 1;
    while (next < bound) {
      long from = next;
      try {
        readFrom(from);
        return;
      } catch (CorruptionException e) {
        // a damaged block holds neighbouring records: try a little further on, then further still
        step = next > from ? 1 : Math.min(MAX_STEP, step * 2);
        action.accept(
            new RawRecord(next, 0, 0, null, "ordinals " + next + " and up: " + e.getMessage()));
        next += step;
      }
    }
  }

  private void readFrom(long ordinal) {
    byte[] lower = Keys.number(ordinal);
    try (StorageIterator it = storage.iterate(Family.RECORDS, lower, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long found = Keys.number(it.key());
        action.accept(raw(found, it.value()));
        next = found + 1;
      }
    }
  }

  private RawRecord raw(long ordinal, byte[] value) {
    try {
      Task task = codec.decode(value);
      return new RawRecord(ordinal, task.version(), value.length, task, null);
    } catch (TaskStoreException e) {
      return new RawRecord(ordinal, 0, value.length, null, e.getMessage());
    }
  }
}
