package dev.quarry.internal.index;

import dev.quarry.CorruptionException;
import dev.quarry.Link;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the links, the waits and the index of ready tasks from the records: for a store from
 * before them, and where the meaning of an absent dependency has been changed. Runs before readers.
 */
public final class ReadyKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyKeeper.class);

  /** Key in the meta family of the mark that what is kept here is there. */
  public static final byte[] MARK = "ready".getBytes(StandardCharsets.UTF_8);

  /** Bits of the mark: what an absent dependency means, and that the posting index lags. */
  private static final int BLOCKS = 1;

  private static final int UNINDEXED = 2;

  private static final byte[] NOTHING = {};
  private static final int CHUNK = 1_024;
  private static final byte[] FIRST = {};
  private static final byte[] LAST = new byte[600];

  static {
    Arrays.fill(LAST, (byte) 0xFF);
  }

  private final Storage storage;
  private final RecordCodec codec;
  private final boolean absentBlocks;

  /** A keeper; {@code absentBlocks} is what a dependency without a task means. */
  public ReadyKeeper(Storage storage, RecordCodec codec, boolean absentBlocks) {
    this.storage = storage;
    this.codec = codec;
    this.absentBlocks = absentBlocks;
  }

  /**
   * Builds everything where the store is not marked as having it in this meaning. Whether the
   * posting index, be it up to date otherwise, has to be built anew for it, as it has until {@link
   * #mark} or {@link #markIndexed}: where it cannot be built, the rest is not written once more.
   * Ordinals are below {@code end}.
   */
  public boolean bringUp(
      IndexCatalog.Entry ofReady, long end, long tasks, ProgressListener progress) {
    byte[] mark = storage.get(Family.META, MARK);
    if (Arrays.equals(markOf(0), mark)) {
      return false;
    }
    if (Arrays.equals(markOf(UNINDEXED), mark)) {
      return true;
    }
    try (StorageBatch batch = storage.newBatch()) {
      if (tasks > 0) {
        batch.delete(Family.META, MARK); // half of it is none
        batch.deleteRange(Family.LINKS, FIRST, LAST);
        batch.deleteRange(
            Family.ORDERED,
            OrderedEntries.prefix(ofReady.number()),
            OrderedEntries.prefix(ofReady.number() + 1));
        storage.write(batch, false);
        build(batch, ofReady, end, tasks, progress);
        writeMark(UNINDEXED);
      }
    }
    return true;
  }

  /** Marks the store as having everything, the posting index included. */
  public void mark() {
    writeMark(0);
  }

  /**
   * The same behind a rebuild of the posting index; where the rest is not there, it has no mark.
   */
  public void markIndexed() {
    if (Arrays.equals(markOf(UNINDEXED), storage.get(Family.META, MARK))) {
      writeMark(0);
    }
  }

  private byte[] markOf(int bits) {
    return new byte[] {(byte) (bits | (absentBlocks ? BLOCKS : 0))};
  }

  private void writeMark(int bits) {
    try (StorageBatch batch = storage.newBatch()) {
      batch.put(Family.META, MARK, markOf(bits));
      storage.write(batch, true);
    }
  }

  private void build(
      StorageBatch batch,
      IndexCatalog.Entry ofReady,
      long end,
      long tasks,
      ProgressListener progress) {
    batch.clear();
    long[] done = {0};
    ReadableRecords.forEach(
        storage,
        end,
        (ordinal, record) -> {
          Task task = readable(ordinal, record);
          if (task != null) {
            stage(batch, ofReady, task, ordinal);
            if (++done[0] % CHUNK == 0) {
              storage.write(batch, false);
              batch.clear();
              progress.progress("build ready set", done[0], tasks);
            }
          }
        });
    storage.write(batch, false);
    progress.progress("build ready set", done[0], tasks);
  }

  private void stage(StorageBatch batch, IndexCatalog.Entry ofReady, Task task, long ordinal) {
    byte[] key = Keys.number(ordinal);
    stageLinks(batch, task, ordinal);
    int before = Waits.decode(storage.get(Family.WAITS, key));
    int waits = count(storage, task, absentBlocks, null);
    if (task.status() == Status.TODO) {
      waits |= before & Waits.HELD;
    }
    if (waits == 0) {
      batch.delete(Family.WAITS, key);
    } else {
      batch.put(Family.WAITS, key, Waits.encode(waits));
    }
    if (waits == 0 && task.status() == Status.TODO) {
      OrderedEntries.stage(batch, ofReady, null, IndexedFields.of(task), ordinal);
    }
  }

  /** A damaged record must not keep all others from their links. */
  private Task readable(long ordinal, byte[] record) {
    try {
      return codec.decode(record);
    } catch (CorruptionException e) {
      LOG.warn("a damaged record has no part in what is ready, ordinal {}", ordinal, e);
      return null;
    }
  }

  private static void stageLinks(StorageBatch batch, Task task, long ordinal) {
    for (String id : task.dependencies()) {
      batch.put(Family.LINKS, LinkEntries.key(id, LinkEntries.BLOCKS, ordinal), NOTHING);
      batch.put(Family.LINKS, LinkEntries.marker(id), NOTHING);
    }
    for (Link link : task.links()) {
      int type = LinkEntries.type(link.type());
      batch.put(Family.LINKS, LinkEntries.key(link.target(), type, ordinal), NOTHING);
      batch.put(Family.LINKS, LinkEntries.marker(link.target()), NOTHING);
    }
  }

  /**
   * The dependencies of a TODO task that are not DONE, by the records and the archive; 0 for
   * another status. One whose record is damaged counts as open: nobody knows that it is done, and
   * it must not keep other tasks from being counted.
   */
  static int count(Storage storage, Task task, boolean absentBlocks, StorageSnapshot at) {
    int open = 0;
    if (task.status() == Status.TODO) {
      for (String id : task.dependencies()) {
        open += blocks(storage, id, absentBlocks, at) ? 1 : 0;
      }
    }
    return open;
  }

  private static boolean blocks(
      Storage storage, String id, boolean absentBlocks, StorageSnapshot at) {
    try {
      byte[] ordinal = storage.get(Family.IDS, Keys.id(id), at);
      byte[] record =
          ordinal == null
              ? storage.get(Family.ARCHIVE, Keys.id(id), at)
              : storage.get(Family.RECORDS, ordinal, at);
      return record == null ? absentBlocks : RecordCodec.status(record) != Status.DONE;
    } catch (CorruptionException e) {
      return true;
    }
  }

  /**
   * What an absent dependency means in a store; {@code otherwise} where it has no mark, as one that
   * no program has opened since it was salvaged.
   */
  public static boolean absentBlocks(Storage storage, boolean otherwise) {
    byte[] mark = storage.get(Family.META, MARK);
    boolean isMarked = mark != null && mark.length > 0;
    return isMarked ? (mark[0] & BLOCKS) != 0 : otherwise;
  }
}
