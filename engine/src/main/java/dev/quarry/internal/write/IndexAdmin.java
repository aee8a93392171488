package dev.quarry.internal.write;

import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.LimitExceededException;
import dev.quarry.ProgressListener;
import dev.quarry.StorageException;
import dev.quarry.TaskStoreException;
import dev.quarry.index.IndexBatch;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.IndexKeeper;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.lifecycle.HeardProgress;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.TaskFields;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates, drops and rebuilds indexes while reads and writes go on. A new index is first made known
 * to the committer, which from then on maintains it; then the tasks that were there before are
 * added chunk by chunk, each as it stands under the committer's lock; then queries may use it. What
 * a crash leaves half-built is built anew when the store is opened.
 */
public final class IndexAdmin {
  private static final Logger LOG = LoggerFactory.getLogger(IndexAdmin.class);
  private static final int CHUNK = 512;
  private static final String DIRECTORY = "directory";

  private final ReentrantLock changing = new ReentrantLock();
  private final Committer committer;
  private final RecordCodec codec;
  private final IndexKeeper keeper;
  private final IndexGate gate;
  private final Path directory;
  private final Runnable rebuilt;

  /** What the off-heap index has met since it was last built; set and cleared by who writes. */
  private volatile Throwable limit;

  /**
   * An admin over a committer.
   *
   * @param keeper rebuilds the posting index
   * @param directory of the store, for messages
   * @param rebuilt runs behind each rebuild of the posting index, while nobody writes
   */
  public IndexAdmin(
      Committer committer,
      RecordCodec codec,
      IndexKeeper keeper,
      IndexGate gate,
      Path directory,
      Runnable rebuilt) {
    this.directory = directory;
    this.rebuilt = rebuilt;
    this.committer = committer;
    this.codec = codec;
    this.keeper = keeper;
    this.gate = gate;
  }

  /** As {@link dev.quarry.TaskStore#createIndex}; the same index again has no effect. */
  public void create(IndexSpec spec, ProgressListener progress) {
    if (spec.kind() == IndexSpec.Kind.EQUALITY
        && !TaskFields.isAttribute(spec.parts().get(0).field())) {
      throw new IllegalArgumentException(
          "an equality index is for an attribute, such as attr.team; "
              + spec.parts().get(0).field()
              + (TaskFields.ID.equals(spec.parts().get(0).field())
                  ? " is a key already"
                  : " has one, or is served by an ordered index"));
    }
    if (Terms.isBuiltIn(spec.name())) {
      throw new IllegalArgumentException(
          "'" + spec.name() + "' names a built-in index; choose another name");
    }
    oneAtATime(
        () -> {
          IndexCatalog.Entry entry = announce(spec);
          if (entry != null) {
            buildOrLeave(entry, new HeardProgress(progress));
          }
          return entry;
        });
  }

  /** An index that is too much is not kept: each later open would build over it, and fail too. */
  private void buildOrLeave(IndexCatalog.Entry entry, HeardProgress heard) {
    try {
      build(entry, heard);
    } catch (LimitExceededException | OutOfMemoryError e) { // the second beside the off-heap index
      if (heard.threw(e)) {
        throw e;
      }
      leave(entry, e);
      boolean isOutOfUse = entry.spec().kind() == IndexSpec.Kind.EQUALITY && isIndexFailed();
      if (isOutOfUse) { // it may have been in the index when that failed, and is not any more
        committer.listeners().tellOfSmallerIndex();
      }
      throw new LimitExceededException(
          isOutOfUse ? IndexLimits.CANNOT_ADD : IndexLimits.NO_MEMORY_TO_ADD,
          Map.of("index", entry.spec().name(), DIRECTORY, directory),
          e instanceof OutOfMemoryError ? e : e.getCause());
    }
  }

  private void leave(IndexCatalog.Entry entry, Throwable first) {
    try {
      committer.aloneToWrite(
          () -> {
            committer.writeCatalogWithout(entry);
            return null;
          });
    } catch (RuntimeException | Error e) {
      e.addSuppressed(first);
      throw e;
    }
  }

  private IndexCatalog.Entry announce(IndexSpec spec) {
    return committer.aloneToWrite(
        () -> {
          IndexCatalog.Entry present = committer.catalog().byName(spec.name());
          if (present != null) {
            if (present.spec().equals(spec)) {
              return present.isReadable() ? null : present;
            }
            throw new IllegalArgumentException(
                "there is another index named '" + spec.name() + "': " + present.spec().parts());
          }
          checkFits(spec);
          committer.writeCatalog(committer.catalog().with(spec, IndexInfo.State.WRITE_ONLY));
          return committer.catalog().byName(spec.name());
        });
  }

  /** Notes that the off-heap index has failed, where it is for a limit. Only who writes. */
  public void noteLimit(Throwable failure) {
    if (IndexLimits.isLimit(failure)) {
      limit = failure;
    }
  }

  /**
   * Nobody can tell whether the off-heap index has place for one more while it is out of use. Where
   * that is for a limit, to take it unseen would make each later rebuild meet the limit again.
   */
  private void checkFits(IndexSpec spec) {
    if (spec.kind() == IndexSpec.Kind.EQUALITY && isIndexFailed() && limit != null) {
      throw new LimitExceededException(
          IndexLimits.CANNOT_ADD_YET, Map.of("index", spec.name(), DIRECTORY, directory), limit);
    }
  }

  /** The indexes that are half-built: to create one again builds it. */
  public List<IndexSpec> unfinished() {
    List<IndexSpec> specs = new ArrayList<>();
    for (IndexCatalog.Entry entry : committer.catalog().entries()) {
      if (!entry.isReadable()) {
        specs.add(entry.spec());
      }
    }
    return specs;
  }

  private void build(IndexCatalog.Entry entry, ProgressListener progress) {
    String phase = "build index " + entry.spec().name();
    long tasks = committer.head().tasks();
    long done = 0;
    List<Long> chunk = new ArrayList<>();
    try (StorageIterator it = committer.storage().iterate(Family.RECORDS, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        chunk.add(Keys.number(it.key()));
        if (chunk.size() == CHUNK) {
          addChunk(entry, chunk);
          done += chunk.size();
          chunk.clear();
          progress.progress(phase, done, tasks);
        }
      }
    }
    addChunk(entry, chunk);
    progress.progress(phase, done + chunk.size(), tasks);
    committer.aloneToWrite(
        () -> {
          checkFits(entry.spec()); // a commit may have met a limit since the last chunk
          committer.writeCatalog(
              committer.catalog().withState(entry.number(), IndexInfo.State.READABLE));
          return null;
        });
  }

  private void addChunk(IndexCatalog.Entry entry, List<Long> ordinals) {
    boolean ordered = entry.spec().kind() == IndexSpec.Kind.ORDERED;
    committer.aloneToWrite(
        () -> {
          StorageBatch batch = committer.scratchBatch();
          IndexBatch terms = new IndexBatch();
          for (long ordinal : ordinals) {
            byte[] record = committer.storage().get(Family.RECORDS, Keys.number(ordinal));
            if (record == null) {
              continue; // removed meanwhile
            }
            IndexedFields fields = codec.indexed(record);
            if (ordered) {
              OrderedEntries.stage(batch, entry, null, fields, ordinal);
            } else {
              Object value = fields.value(entry.spec().parts().get(0).field());
              terms.add(entry.number(), Terms.termBytes(value), ordinal);
            }
          }
          if (ordered) {
            committer.writeScratch();
          } else if (!committer.index().isFailed()) {
            telling(
                () -> committer.index().apply(terms, committer.head().sequence()),
                new HeardProgress(ProgressListener.NONE));
          } else {
            checkFits(entry.spec());
          }
          return null;
        });
  }

  /** As {@link dev.quarry.TaskStore#dropIndex}. */
  public boolean drop(String name) {
    return oneAtATime(
        () -> {
          IndexCatalog.Entry entry = dropAlone(name);
          if (entry != null && entry.spec().kind() == IndexSpec.Kind.EQUALITY) {
            new DroppedLists(committer.index(), entry.number(), this::applyOfDropped).empty();
          }
          return entry != null;
        });
  }

  private boolean applyOfDropped(IndexBatch chunk) {
    return committer.aloneToWrite(
        () -> {
          if (committer.index().isFailed()) {
            return false; // a rebuild gives all of it back
          }
          try {
            telling(
                () -> committer.index().apply(chunk, committer.head().sequence()),
                new HeardProgress(ProgressListener.NONE));
            return true;
          } catch (LimitExceededException | StorageException e) {
            LOG.warn("the off-heap index failed behind the drop of an index and is out of use", e);
            return false; // the index is dropped all the same
          }
        });
  }

  /** The entry that is no more, or null where there was none. */
  private IndexCatalog.Entry dropAlone(String name) {
    return committer.aloneToWrite(
        () -> {
          IndexCatalog.Entry entry = committer.catalog().byName(name);
          if (entry == null && !Terms.isBuiltIn(name)) {
            return null;
          }
          if (entry == null || entry.builtIn()) {
            throw new IllegalArgumentException(
                "index '" + name + "' is built in and cannot be dropped");
          }
          committer.writeCatalogWithout(entry);
          return entry;
        });
  }

  /** As {@link dev.quarry.TaskStore#rebuildIndexes}, the posting index. */
  public void rebuild(ProgressListener progress) {
    oneAtATime(() -> committer.aloneToWrite(() -> rebuildAlone(progress)));
  }

  private Void rebuildAlone(ProgressListener progress) {
    StoreHead head = committer.head();
    HeardProgress heard =
        new HeardProgress(
            (phase, done, total) -> {
              progress.progress(phase, done, total);
              checkPlace(); // the index makes files by their names
            });
    Runnable rebuild =
        () -> keeper.rebuild(head.sequence(), head.tasks(), committer.catalog(), heard);
    gate.whileClosed(() -> telling(rebuild, heard));
    limit = null;
    try {
      rebuilt.run();
    } catch (TaskStoreException e) {
      LOG.warn("the index is rebuilt, but not marked so; the next open may rebuild it again", e);
    }
    return null;
  }

  /** Runs a change of the posting index, which the interrupt of a thread must not break. */
  private void telling(Runnable change, HeardProgress heard) {
    try {
      Interrupts.deferred(change);
    } catch (Throwable e) {
      if (!heard.threw(e)) {
        checkPlace(e); // whatever failed: no room that is made would help
      }
      committer.listeners().tellOfBrokenIndex(e);
      if (heard.threw(e)) {
        throw e;
      }
      if (IndexLimits.isLimit(e)) {
        limit = e;
        throw new LimitExceededException(IndexLimits.CANNOT_BUILD, Map.of(DIRECTORY, directory), e);
      }
      // the second is a fault in mapped memory
      if (!(e instanceof UncheckedIOException || e instanceof InternalError)) {
        throw e;
      }
      throw new StorageException(
          "the off-heap index cannot be written; free space on the device, then repeat the call;"
              + " until then queries go by the records",
          Map.of(DIRECTORY, directory),
          e,
          true);
    }
  }

  /** Throws where the store's folder was moved or replaced. */
  void checkPlace() {
    committer.storage().checkPlace();
  }

  /** The same, with what was met first. */
  private void checkPlace(Throwable first) {
    try {
      checkPlace();
    } catch (TaskStoreException e) {
      e.addSuppressed(first);
      throw e;
    }
  }

  /** Whether the posting index is out of use. */
  boolean isIndexFailed() {
    return committer.index().isFailed();
  }

  /** As {@link #rebuild}, where the index is out of use. */
  void rebuildFailed(ProgressListener progress) {
    oneAtATime(() -> committer.aloneToWrite(() -> isIndexFailed() ? rebuildAlone(progress) : null));
  }

  /** Gives back what a posting index that is out of use takes of the device. */
  void discardFailed() {
    oneAtATime(
        () ->
            committer.aloneToWrite(
                () -> {
                  if (isIndexFailed()) {
                    gate.whileClosed(keeper::discard);
                  }
                  return null;
                }));
  }

  /** Two changes of the indexes at once would build and drop each other's entries. */
  private <R> R oneAtATime(Supplier<R> work) {
    committer.checkNotNested();
    if (changing.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "indexes cannot be changed from the progress listener of such a change");
    }
    changing.lock();
    try {
      return work.get();
    } finally {
      changing.unlock();
    }
  }
}
