package dev.quarry.internal.care.backup;

import dev.quarry.ProgressListener;
import dev.quarry.internal.change.Positions;
import dev.quarry.internal.claim.ClaimEnds;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.ReadyKeeper;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.DataFiles;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.LogCut;
import dev.quarry.internal.write.StoreHead;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Takes a copy of a store back to an earlier sequence within its change log. The records of the
 * tasks that were touched since come from the history; what is derived is dropped, to be built when
 * the copy is first opened. Not atomic: a copy becomes a store only when its format file is
 * written, behind this.
 */
final class Rewind {
  private static final long BYTES = 32L << 20;
  private static final int BATCH = 1_000;
  private static final byte[] FIRST = {};
  private static final byte[] LAST = new byte[16];
  private static final byte[] JOBS = "job:".getBytes(StandardCharsets.UTF_8);
  private static final byte[] BEHIND_JOBS = "job;".getBytes(StandardCharsets.UTF_8);

  static {
    Arrays.fill(LAST, (byte) 0xFF);
  }

  /** Names the sequence to go back to, by what the history tells. */
  @FunctionalInterface
  interface Point {
    /** The sequence, in a store whose last one is {@code last}. */
    long sequence(History history, long last);
  }

  private final Storage storage;
  private final StorageSnapshot at;
  private final ProgressListener progress;
  private final RecordCodec codec = new RecordCodec();
  private final History history;
  private final StorageBatch batch;
  private int batched;
  private long tasks;

  private Rewind(Storage storage, StorageSnapshot at, ProgressListener progress) {
    this.storage = storage;
    this.at = at;
    this.progress = progress;
    this.history = new History(storage, codec, at);
    this.batch = storage.newBatch();
  }

  /** Takes the store of a data folder, which nobody else uses, back; returns its head then. */
  static StoreHead run(Path data, Point point, ProgressListener progress) {
    Interrupts.apart(
        "quarry-copy",
        () -> {
          DataFiles.check(data);
          return null;
        });
    try (Storage storage = Storage.open(data, new StorageOptions(BYTES, BYTES, false))) {
      StoreHead head;
      try (StorageSnapshot at = storage.snapshot()) {
        head = new Rewind(storage, at, progress).run(point);
      }
      storage.flush();
      return head;
    }
  }

  private StoreHead run(Point point) {
    StoreHead present = StoreHead.read(storage);
    long to = point.sequence(history, present.sequence());
    history.checkRetained(to, present.sequence());
    tasks = present.tasks();
    LogCut cut = new LogCut(storage, at, to, this::written);
    long[] touched = history.touched(to);
    // first all present ids: one may belong to another task then
    for (long ordinal : touched) {
      removePresent(ordinal);
    }
    flush();
    for (int i = 0; i < touched.length; i++) {
      putThen(touched[i], to);
      cut.ofTask(batch, touched[i]);
      written();
      if ((i + 1) % BATCH == 0) {
        progress.progress("go back", i + 1L, touched.length);
      }
    }
    progress.progress("go back", touched.length, touched.length);
    cut.ofLog(batch);
    cut.ofArchive(batch);
    Positions.cut(storage, at, batch, to);
    ClaimEnds.stage(storage, at, batch);
    dropDerived();
    // ordinals go on where they are: their order tells what is younger
    StoreHead head = new StoreHead(to, present.nextOrdinal(), tasks);
    batch.put(Family.META, StoreHead.KEY, head.encode());
    storage.write(batch, true);
    batch.close();
    return head;
  }

  private void removePresent(long ordinal) {
    byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal), at);
    if (record != null) {
      batch.delete(Family.IDS, Keys.id(codec.indexed(record).id()));
      batch.delete(Family.RECORDS, Keys.number(ordinal));
      tasks--;
      written();
    }
  }

  private void putThen(long ordinal, long to) {
    byte[] record = history.recordAsOf(ordinal, to);
    if (record != null) {
      String id = codec.decode(record).id(); // the whole of it, so that no damage is taken along
      batch.put(Family.RECORDS, Keys.number(ordinal), record);
      batch.put(Family.IDS, Keys.id(id), Keys.number(ordinal));
      tasks++;
    }
  }

  private void written() {
    if (++batched >= BATCH || batch.sizeBytes() >= BYTES) {
      flush();
    }
  }

  private void flush() {
    storage.write(batch, false);
    batch.clear();
    batched = 0;
  }

  /** Indexes, links, waits and the progress of jobs. */
  private void dropDerived() {
    for (Family family : new Family[] {Family.ORDERED, Family.LINKS, Family.WAITS}) {
      batch.deleteRange(family, FIRST, LAST);
    }
    batch.delete(Family.META, ReadyKeeper.MARK);
    byte[] stored = storage.get(Family.META, StoreHead.CATALOG_KEY, at);
    IndexCatalog catalog = stored == null ? IndexCatalog.builtIn() : IndexCatalog.decode(stored);
    batch.put(Family.META, StoreHead.CATALOG_KEY, catalog.toBuildAnew().encode());
    try (StorageIterator it = storage.iterate(Family.META, JOBS, BEHIND_JOBS, at)) {
      for (it.first(); it.isValid(); it.next()) {
        batch.delete(Family.META, it.key());
      }
    }
  }
}
