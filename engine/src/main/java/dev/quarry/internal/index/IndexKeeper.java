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
  private static final int MIN_REBUILD = 100_000;

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
      Map<Long, Set<Term>> left = changedSince(watermark, tasks, catalog);
      if (left != null) {
        catchUp(left, watermark, sequence, catalog, progress);
        return Work.CAUGHT_UP;
      }
    }
    rebuild(sequence, tasks, catalog, progress);
    return Work.REBUILT;
  }

  private record Term(int field, ByteBuffer value) {}

  /** The changed tasks with the terms to leave; null for so many that a rebuild is cheaper. */
  private Map<Long, Set<Term>> changedSince(long watermark, long tasks, IndexCatalog catalog) {
    long most = MIN_REBUILD + tasks / 4;
    Map<Long, Set<Term>> left = new LinkedHashMap<>();
    changes.forEach(
        watermark,
        (s, list) -> {
          if (left.size() > most) {
            return;
          }
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
    return left.size() > most ? null : left;
  }

  private void catchUp(
      Map<Long, Set<Term>> left,
      long watermark,
      long sequence,
      IndexCatalog catalog,
      ProgressListener progress) {
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
    IndexLoader loader = index.load(); // failed until it is finished
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
}
