package dev.quarry.internal.index;

import dev.quarry.ProgressListener;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.IndexLoader;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.events.StoreEvents;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.History;
import java.util.LinkedHashSet;
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
  private final Releases releases;

  /** A keeper of {@code index}; {@code releases} gives back what a rebuild takes the place of. */
  public IndexKeeper(
      Storage storage,
      RecordCodec codec,
      ChangeLog changes,
      PostingIndex index,
      Releases releases) {
    this.storage = storage;
    this.codec = codec;
    this.changes = changes;
    this.index = index;
    this.releases = releases;
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
      Set<Long> changed = changedSince(watermark, tasks);
      if (changed != null) {
        catchUp(changed, watermark, sequence, catalog, progress);
        return Work.CAUGHT_UP;
      }
    }
    rebuild(sequence, tasks, catalog, progress);
    return Work.REBUILT;
  }

  /** The changed tasks; null for so many that a rebuild is cheaper. */
  private Set<Long> changedSince(long watermark, long tasks) {
    long most = MIN_REBUILD + tasks / 4;
    Set<Long> changed = new LinkedHashSet<>();
    new History(storage, codec)
        .forEachTouched(
            watermark,
            ordinal -> {
              if (changed.size() <= most) {
                changed.add(ordinal);
              }
            });
    return changed.size() > most ? null : changed;
  }

  private void catchUp(
      Set<Long> changed,
      long watermark,
      long sequence,
      IndexCatalog catalog,
      ProgressListener progress) {
    StoreEvents.Rebuild event = StoreEvents.rebuild();
    History history = new History(storage, codec);
    IndexBatch batch = new IndexBatch();
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    long done = 0;
    for (long ordinal : changed) {
      history.forEachBefore(
          ordinal,
          watermark,
          before ->
              Terms.forEach(
                  before, catalog, (field, value) -> batch.remove(field, value, ordinal)));
      batch.remove(Terms.READY, Terms.READY_TERM, ordinal);
      byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal));
      if (record == null) {
        batch.removeRow(ordinal);
      } else {
        IndexedFields fields = codec.indexed(record);
        Terms.forEach(fields, catalog, (field, value) -> batch.add(field, value, ordinal));
        byte[] waits = storage.get(Family.WAITS, Keys.number(ordinal));
        if (fields.withWaits(Waits.decode(waits)).isReady()) {
          batch.add(Terms.READY, Terms.READY_TERM, ordinal);
        }
        Terms.row(fields, index, row);
        batch.putRow(ordinal, row);
      }
      if (++done % REPORT_EVERY == 0) {
        index.apply(batch, watermark); // not yet at the next sequence
        batch.reset();
        progress.progress("catch up index", done, changed.size());
      }
    }
    index.apply(batch, sequence);
    if (event != null) {
      event.done(false, done);
    }
    progress.progress("catch up index", done, changed.size());
  }

  /**
   * Empties the index, which is failed from then on, and gives back its memory and room on the
   * device as soon as no reader is in it.
   */
  public void discard() {
    releases.add(index.discard());
  }

  /** Empties the index and builds it from the records. */
  public void rebuild(long sequence, long tasks, IndexCatalog catalog, ProgressListener progress) {
    discard();
    long done;
    try {
      done = fill(sequence, tasks, catalog, progress);
    } catch (RuntimeException | Error e) {
      if (!storage.isElsewhere()) { // else the files of these names are of another store
        discard(); // half an index is of no use, and the device may be full
      }
      throw e;
    }
    progress.progress("rebuild index", done, tasks);
  }

  private long fill(long sequence, long tasks, IndexCatalog catalog, ProgressListener progress) {
    StoreEvents.Rebuild event = StoreEvents.rebuild();
    IndexLoader loader = index.load(); // failed until it is finished
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    long done = 0;
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, null, true);
        WaitsWalk waits = new WaitsWalk(storage, null)) {
      for (it.first(); it.isValid(); it.next()) {
        IndexedFields fields = codec.indexed(it.value());
        long ordinal = Keys.number(it.key());
        Terms.row(fields, index, row);
        loader.ordinal(ordinal, row);
        Terms.forEach(fields, catalog, loader::add);
        if (fields.withWaits(waits.of(ordinal)).isReady()) {
          loader.add(Terms.READY, Terms.READY_TERM);
        }
        if (++done % REPORT_EVERY == 0) {
          progress.progress("rebuild index", done, tasks);
        }
      }
    }
    loader.finish(sequence);
    if (event != null) {
      event.done(true, done);
    }
    return done;
  }
}
