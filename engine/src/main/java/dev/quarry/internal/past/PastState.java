package dev.quarry.internal.past;

import dev.quarry.CorruptionException;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.ReadableWalk;
import dev.quarry.internal.read.ToldDamage;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.StoreHead;
import dev.quarry.query.Condition;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The records as they were at a sequence: those of a storage snapshot, but for the tasks that were
 * touched since, which come from the history. Holds eight bytes for each task touched since.
 * Thread-safe as long as its snapshot lives.
 */
final class PastState {
  private final Storage storage;
  private final RecordCodec codec;
  private final StorageSnapshot at;
  private final History history;
  private final long sequence;
  private final long[] touched;

  /**
   * The state at {@code sequence}, which the log must reach; {@code step} is run for each task that
   * was touched since, and may throw to end that.
   */
  PastState(
      Storage storage,
      RecordCodec codec,
      StorageSnapshot at,
      long sequence,
      long last,
      Runnable step) {
    this.storage = storage;
    this.codec = codec;
    this.at = at;
    this.history = new History(storage, codec, at);
    history.checkRetained(sequence, last);
    this.sequence = sequence;
    this.touched = new History(storage, codec, at, step).touched(sequence);
  }

  long sequence() {
    return sequence;
  }

  /** The tasks that were touched since, by ordinal. */
  long[] touched() {
    return touched;
  }

  /** A task's record, or null where it was absent. */
  byte[] record(long ordinal) {
    return Arrays.binarySearch(touched, ordinal) >= 0
        ? history.recordAsOf(ordinal, sequence)
        : storage.get(Family.RECORDS, Keys.number(ordinal), at);
  }

  /** The record of the task that had this id, or null. */
  byte[] record(String id) {
    byte[] present = storage.get(Family.IDS, Keys.id(id), at);
    byte[] record = present == null ? null : record(Keys.number(present));
    if (isOf(id, record)) {
      return record;
    }
    for (long ordinal : history.pastOrdinals(id)) {
      record = record(ordinal);
      if (isOf(id, record)) {
        return record;
      }
    }
    return null;
  }

  private boolean isOf(String id, byte[] record) {
    return record != null && codec.indexed(record).id().equals(id);
  }

  /** Receives records. */
  @FunctionalInterface
  interface Visitor {
    /** One record; false for no more. */
    boolean visit(long ordinal, byte[] record);
  }

  private byte[] readable(long ordinal, ToldDamage told) {
    try {
      return record(ordinal);
    } catch (CorruptionException e) {
      told.tell(ordinal, e);
      return null;
    }
  }

  /** Feeds the records that may satisfy a condition from an ordinal on, by ordinal. */
  void forEachCandidate(
      Queries present, Condition condition, long from, ToldDamage told, Visitor action) {
    Candidates candidates =
        new Candidates(present, condition, touched, firstTouched(from), from, told);
    for (long ordinal = candidates.next(); ordinal >= 0; ordinal = candidates.next()) {
      byte[] record = readable(ordinal, told);
      if (record != null && !action.visit(ordinal, record)) {
        return;
      }
    }
  }

  private int firstTouched(long from) {
    int next = Arrays.binarySearch(touched, from);
    return next < 0 ? -next - 1 : next;
  }

  /** Feeds every record from an ordinal on, by ordinal. */
  void forEach(long from, ToldDamage told, Visitor action) {
    int next = firstTouched(from);
    long end = StoreHead.read(storage, at).nextOrdinal();
    try (ReadableWalk walk =
        new ReadableWalk(
            lower -> storage.iterate(Family.RECORDS, lower, null, at, true),
            ordinal -> storage.get(Family.RECORDS, Keys.number(ordinal), at),
            from,
            end,
            told)) {
      ByteBuffer value = walk.next();
      while (value != null || next < touched.length) {
        long stored = value != null ? walk.ordinal() : Long.MAX_VALUE;
        long other = next < touched.length ? touched[next] : Long.MAX_VALUE;
        if (other <= stored) {
          next++;
          byte[] record = readable(other, told);
          if (record != null && !action.visit(other, record)) {
            return;
          }
        } else if (!action.visit(stored, bytes(value))) {
          return;
        }
        if (stored <= other && value != null) {
          value = walk.next();
        }
      }
    }
  }

  private static byte[] bytes(ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    return bytes;
  }
}
