package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IdKeys;
import dev.quarry.internal.index.LinkEntries;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store as those see it who stage: what is decided, over what is stored. Only under the lock of
 * those who stage. A key that is decided is answered by the decision whether or not the storage has
 * it by now, so a write that goes on beside does no harm.
 */
final class StagedState {
  private static final Logger LOG = LoggerFactory.getLogger(StagedState.class);

  private final Storage storage;
  private final RecordCodec codec;
  private final RecordReader reader;
  private final PostingIndex index;
  private final Overlay overlay;
  private boolean anyArchived;

  StagedState(
      Storage storage,
      RecordCodec codec,
      RecordReader reader,
      PostingIndex index,
      Overlay overlay) {
    this.storage = storage;
    this.codec = codec;
    this.reader = reader;
    this.index = index;
    this.overlay = overlay;
    try (StorageIterator it = storage.iterate(Family.ARCHIVE, null, null, null)) {
      it.first();
      anyArchived = it.isValid();
    } catch (CorruptionException e) {
      anyArchived = true;
      LOG.warn("the archive is damaged; what it still has can be read", e);
    }
  }

  /** Whether there may be archived tasks; a store without any looks for none. */
  boolean isAnyArchived() {
    return anyArchived;
  }

  void noteArchive() {
    anyArchived = true;
  }

  /** The record of a task that is decided. */
  byte[] record(Task task) {
    return codec.encode(task, task.version());
  }

  /** The task of a record. */
  Task task(byte[] record) {
    return codec.decode(record);
  }

  /** The status of an archived task, or null where there is none. */
  Status archived(String id) {
    byte[] record = anyArchived ? side(Family.ARCHIVE, Keys.id(id)) : null;
    return record == null ? null : RecordCodec.status(record);
  }

  /** The task of an id, or null. */
  Overlay.Staged task(String id) {
    Overlay.Staged staged = overlay.of(id);
    if (staged != null) {
      return staged.task() == null ? null : staged;
    }
    Overlay.Staged indexed = indexed(id);
    if (indexed != null) {
      return indexed;
    }
    RecordReader.Stored stored = reader.stored(id);
    if (stored == null) {
      return null;
    }
    Task task = codec.decode(stored.bytes());
    // what stands under another id is another task, and no write of this id may touch it
    return task.id().equals(id)
        ? new Overlay.Staged(stored.ordinal(), id, task, stored.bytes())
        : null;
  }

  /**
   * What the cache or the record has to which the index leads, which spares the read of the
   * ordinal; null where it leads nowhere or to another id. The index is derived: that it knows
   * nothing proves nothing.
   */
  private Overlay.Staged indexed(String id) {
    long found = index.isFailed() ? PostingIndex.UNSURE : index.find(IdKeys.of(id));
    if (found < 0) {
      return null;
    }
    Task cached = reader.cached(found);
    byte[] record = cached != null ? null : storage.get(Family.RECORDS, Keys.number(found));
    Task task = record == null ? cached : codec.decode(record);
    return task != null && task.id().equals(id)
        ? new Overlay.Staged(found, id, task, record)
        : null;
  }

  /** The task of an ordinal, or null. */
  Task task(long ordinal) {
    Overlay.Staged staged = overlay.of(ordinal);
    if (staged != null) {
      return staged.task();
    }
    Task cached = reader.cached(ordinal);
    if (cached != null) {
      return cached;
    }
    byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal));
    return record == null ? null : codec.decode(record);
  }

  /** What queries know of the task of an ordinal, or null; its texts are not read. */
  IndexedFields fields(long ordinal) {
    Overlay.Staged staged = overlay.of(ordinal);
    Task task = staged == null ? reader.cached(ordinal) : staged.task();
    if (task != null) {
      return IndexedFields.of(task);
    }
    return staged == null ? reader.fields(ordinal, null) : null;
  }

  /** The status of an id, be it archived, or null where there is no such task. */
  Status status(String id) {
    Overlay.Staged staged = overlay.of(id);
    if (staged != null) {
      return staged.task() == null ? archived(id) : staged.task().status();
    }
    long key = IdKeys.of(id);
    long found = IdKeys.isWhole(key) && !index.isFailed() ? index.find(key) : PostingIndex.UNSURE;
    long ordinal = found >= 0 ? found : reader.ordinalOf(id);
    return ordinal == RecordReader.ABSENT ? archived(id) : status(ordinal);
  }

  /** The status of an ordinal, or null where there is no such task. */
  Status status(long ordinal) {
    Overlay.Staged staged = overlay.of(ordinal);
    if (staged != null) {
      return staged.task() == null ? null : staged.task().status();
    }
    if (!index.isFailed()) {
      long code = index.column(ordinal, Terms.COLUMN_STATUS, -1);
      if (code > 0) {
        return Codes.status((int) code);
      }
    }
    byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal));
    return record == null ? null : RecordCodec.status(record);
  }

  /** What a key beside the records holds, or null. */
  byte[] side(Family family, byte[] key) {
    SideWrites.Value staged = overlay.sides().get(family, key);
    return staged != null ? staged.bytes() : storage.get(family, key);
  }

  /** The ordinals at the end of the keys that begin with {@code prefix}, rising. */
  List<Long> ordinals(Family family, byte[] prefix) {
    return ordinals(family, prefix, prefix, Integer.MAX_VALUE).ordinals();
  }

  /**
   * Some of them.
   *
   * @param ordinals rising; none where all were removed
   * @param next the key from which to go on, or null at the end
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Stretch(List<Long> ordinals, byte[] next) {}

  /** The same from a key on, for as far as {@code most} stored keys reach. */
  Stretch ordinals(Family family, byte[] prefix, byte[] from, int most) {
    NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
    byte[] end = OrderedKeys.successor(prefix);
    byte[] next = null;
    try (StorageIterator it = storage.iterate(family, from, end, null)) {
      for (it.first(); it.isValid() && next == null; it.next()) {
        if (keys.size() == most) {
          next = it.key();
        } else {
          keys.add(it.key());
        }
      }
    }
    byte[] until = next == null ? end : next;
    overlay
        .sides()
        .forEach(
            family,
            prefix,
            (key, value) -> {
              if (value.bytes() == null) {
                keys.remove(key);
              } else if (Arrays.compareUnsigned(key, from) >= 0
                  && Arrays.compareUnsigned(key, until) < 0) {
                keys.add(key);
              }
            });
    List<Long> ordinals = new ArrayList<>(keys.size());
    keys.forEach(key -> ordinals.add(LinkEntries.source(key)));
    return new Stretch(ordinals, next);
  }
}
