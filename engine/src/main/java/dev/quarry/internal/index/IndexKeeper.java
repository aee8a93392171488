package dev.quarry.internal.index;

import dev.quarry.ProgressListener;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.IndexLoader;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.write.Change;
import dev.quarry.internal.write.ChangeLog;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Brings the posting index to the store's sequence: by nothing where it is there already, by the
 * change log where the log reaches back to its watermark, else by reading every record. Runs before
 * readers or under the committer's lock.
 */
public final class IndexKeeper {
  private static final int REPORT_EVERY = 8_192;

  private final Storage storage;
  private final RecordCodec codec;
  private final ChangeLog changes;
  private final PostingIndex index;

  /** A keeper of {@code index}. */
  public IndexKeeper(Storage storage, RecordCodec codec, ChangeLog changes, PostingIndex index) {
    this.storage = storage;
    this.codec = codec;
    this.changes = changes;
    this.index = index;
  }

  /** What {@link #bringUp} had to do. */
  public enum Work {
    /** The index was up to date. */
    NONE,
    /** Changes were replayed from the log. */
    CAUGHT_UP,
    /** It was built anew from the records. */
    REBUILT
  }

  /** Brings the index to {@code sequence}, the store's last. */
  public Work bringUp(long sequence, long tasks, IndexCatalog catalog, ProgressListener progress) {
    boolean usable = index.openState() == PostingIndex.OpenState.USABLE && !index.isFailed();
    long watermark = index.watermark();
    if (usable && watermark == sequence) {
      return Work.NONE;
    }
    if (usable && watermark < sequence && changes.firstSequence() <= watermark + 1) {
      catchUp(watermark, sequence, catalog, progress);
      return Work.CAUGHT_UP;
    }
    rebuild(sequence, tasks, catalog, progress);
    return Work.REBUILT;
  }

  private record Term(int field, ByteBuffer value) {}

  private void catchUp(
      long watermark, long sequence, IndexCatalog catalog, ProgressListener progress) {
    Map<Long, Set<Term>> left = new LinkedHashMap<>();
    changes.forEach(
        watermark,
        (s, list) -> {
          for (Change change : list) {
            Set<Term> terms = left.computeIfAbsent(change.ordinal(), o -> new HashSet<>());
            if (change.before() != null) {
              Terms.forEach(
                  change.before(),
                  catalog,
                  (field, value) -> terms.add(new Term(field, ByteBuffer.wrap(value))));
            }
          }
        });
    IndexBatch batch = new IndexBatch();
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    long done = 0;
    for (Map.Entry<Long, Set<Term>> entry : left.entrySet()) {
      long ordinal = entry.getKey();
      for (Term term : entry.getValue()) {
        batch.remove(term.field(), term.value().array(), ordinal);
      }
      byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal));
      if (record == null) {
        batch.removeRow(ordinal);
      } else {
        IndexedFields fields = codec.indexed(record);
        Terms.forEach(fields, catalog, (field, value) -> batch.add(field, value, ordinal));
        Terms.row(fields, index, row);
        batch.putRow(ordinal, row);
      }
      if (++done % REPORT_EVERY == 0) {
        index.apply(batch, watermark); // not yet at the next sequence
        batch.reset();
        progress.progress("catch up index", done, left.size());
      }
    }
    index.apply(batch, sequence);
    progress.progress("catch up index", done, left.size());
  }

  /** Empties the index and builds it from the records. */
  public void rebuild(long sequence, long tasks, IndexCatalog catalog, ProgressListener progress) {
    IndexLoader loader = index.load();
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    long done = 0;
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        IndexedFields fields = codec.indexed(it.value());
        Terms.row(fields, index, row);
        loader.ordinal(Keys.number(it.key()), row);
        Terms.forEach(fields, catalog, loader::add);
        if (++done % REPORT_EVERY == 0) {
          progress.progress("rebuild index", done, tasks);
        }
      }
    }
    loader.finish(sequence);
    progress.progress("rebuild index", done, tasks);
  }

  /** Adds the terms of a new equality index, which its entry in the catalog already names. */
  public void fill(IndexCatalog.Entry entry, long tasks, ProgressListener progress) {
    IndexBatch batch = new IndexBatch();
    long done = 0;
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        IndexedFields fields = codec.indexed(it.value());
        Object value = fields.value(entry.spec().parts().get(0).field());
        batch.add(entry.number(), Terms.termBytes(value), Keys.number(it.key()));
        if (++done % REPORT_EVERY == 0) {
          index.apply(batch, index.watermark());
          batch.reset();
          progress.progress("build index " + entry.spec().name(), done, tasks);
        }
      }
    }
    index.apply(batch, index.watermark());
    progress.progress("build index " + entry.spec().name(), done, tasks);
  }
}
