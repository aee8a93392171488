package dev.quarry.internal.write;

import dev.quarry.Durability;
import dev.quarry.IndexSpec;
import dev.quarry.Task;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.lifecycle.FailureState;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits, one at a time. A commit is one batch: records, ids, ordered-index entries, the
 * change-log entry and the head. The posting index and the caches follow right after, before the
 * write returns. Writers queue on a lock that no reader touches.
 */
public final class Committer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
  private static final int TRIM_EVERY = 4_096;
  private static final int MAX_CACHED = 256;

  private final ReentrantLock lock = new ReentrantLock();
  private final Storage storage;
  private final RecordCodec codec;
  private final ChangeLog changes;
  private final RecordReader reader;
  private final PostingIndex index;
  private final FailureState failure;
  private final CommitState state;
  private final long keptCommits;
  private final CommitSteps steps;
  private final StorageBatch batch;
  private final IndexBatch indexBatch = new IndexBatch();
  private final long[] row = new long[Terms.COLUMN_WIDTHS.size()];
  private volatile IndexCatalog catalog;
  private volatile StoreHead head;

  /** A committer over an open storage. */
  public Committer(
      Storage storage,
      RecordCodec codec,
      ChangeLog changes,
      RecordReader reader,
      PostingIndex index,
      FailureState failure,
      IndexCatalog catalog,
      StoreHead head,
      long keptCommits,
      CommitSteps steps) {
    this.storage = storage;
    this.codec = codec;
    this.changes = changes;
    this.reader = reader;
    this.index = index;
    this.failure = failure;
    this.catalog = catalog;
    this.head = head;
    this.keptCommits = keptCommits;
    this.steps = steps;
    this.state = new CommitState(head.sequence());
    this.batch = storage.newBatch();
  }

  /** Where the commits stand, for readers. */
  public CommitState state() {
    return state;
  }

  /** The head as of the last complete commit. */
  public StoreHead head() {
    return head;
  }

  /** The indexes. */
  public IndexCatalog catalog() {
    return catalog;
  }

  /** Runs a write, alone. The work stages mutations and may commit them, several times. */
  public <R> R exclusively(Function<Staging, R> work) {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "a write cannot be made from inside another one; return the changed task instead,"
              + " or use a WriteBatch");
    }
    lock.lock();
    try {
      failure.check();
      return work.apply(new Staging(this, reader, codec));
    } finally {
      lock.unlock();
    }
  }

  /** Runs {@code work} while no commit is under way. */
  public <R> R alone(Supplier<R> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  long nextOrdinal() {
    return head.nextOrdinal();
  }

  /** Commits what is staged and returns its sequence. Only inside {@link #exclusively}. */
  long commit(List<Mutation> mutations, Durability durability) {
    if (!lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("commits need the committer's lock");
    }
    long sequence = state.announced() + 1;
    long[] ordinals = new long[mutations.size()];
    StoreHead next = stage(mutations, sequence, ordinals);
    for (Mutation mutation : mutations) {
      reader.beginWrite(mutation.ordinal(), idOf(mutation), identityChanges(mutation));
    }
    state.announce(sequence, storage.storageSequence(), ordinals);
    steps.reached(CommitSteps.Step.ANNOUNCED);
    try {
      storage.write(batch, durability == Durability.SYNC);
    } catch (RuntimeException | Error e) {
      failure.fail(e);
      for (Mutation mutation : mutations) {
        reader.abortWrite(mutation.ordinal(), idOf(mutation), identityChanges(mutation));
      }
      state.complete(sequence);
      throw e;
    }
    head = next;
    try {
      steps.reached(CommitSteps.Step.WRITTEN);
      applyToIndex(mutations, sequence);
      steps.reached(CommitSteps.Step.INDEXED);
      endWrites(mutations, sequence);
      steps.reached(CommitSteps.Step.CACHED);
    } finally {
      state.complete(sequence);
    }
    return sequence;
  }

  private void endWrites(List<Mutation> mutations, long sequence) {
    boolean bulk = mutations.size() > MAX_CACHED; // a bulk load must not sweep the cache
    for (Mutation mutation : mutations) {
      Task after = mutation.after();
      reader.endWrite(
          mutation.ordinal(),
          idOf(mutation),
          identityChanges(mutation),
          after == null || bulk ? null : versioned(after, sequence));
    }
  }

  static Task versioned(Task task, long sequence) {
    return task.toBuilder().version(sequence).build();
  }

  private static String idOf(Mutation mutation) {
    return mutation.after() == null ? mutation.before().id() : mutation.after().id();
  }

  private static boolean identityChanges(Mutation mutation) {
    return mutation.before() == null || mutation.after() == null;
  }

  private StoreHead stage(List<Mutation> mutations, long sequence, long[] ordinals) {
    batch.clear();
    List<IndexCatalog.Entry> ordered = catalog.ordered();
    long nextOrdinal = head.nextOrdinal();
    long tasks = head.tasks();
    int i = 0;
    for (Mutation mutation : mutations) {
      long ordinal = mutation.ordinal();
      ordinals[i++] = ordinal;
      byte[] key = Keys.number(ordinal);
      Task after = mutation.after();
      if (after == null) {
        batch.delete(Family.RECORDS, key);
        batch.delete(Family.IDS, Keys.id(mutation.before().id()));
        tasks--;
      } else {
        batch.put(Family.RECORDS, key, codec.encode(after, sequence));
      }
      if (mutation.isInsert()) {
        batch.put(Family.IDS, Keys.id(after.id()), key);
        nextOrdinal = Math.max(nextOrdinal, ordinal + 1);
        tasks++;
      }
      for (IndexCatalog.Entry entry : ordered) {
        OrderedEntries.stage(batch, entry, mutation.before(), mutation.fields(), ordinal);
      }
    }
    batch.put(Family.CHANGES, Keys.number(sequence), changes.encode(mutations));
    if (sequence % TRIM_EVERY == 0 && sequence > keptCommits) {
      batch.deleteRange(Family.CHANGES, Keys.number(0), Keys.number(sequence - keptCommits));
    }
    StoreHead next = new StoreHead(sequence, nextOrdinal, tasks);
    batch.put(Family.META, StoreHead.KEY, next.encode());
    return next;
  }

  private void applyToIndex(List<Mutation> mutations, long sequence) {
    if (index.isFailed()) {
      return;
    }
    try {
      indexBatch.reset();
      Interrupts.deferred(
          () -> {
            mutations.forEach(this::stageTerms);
            index.apply(indexBatch, sequence);
          });
    } catch (RuntimeException | Error e) {
      // derived state: the commit stands, queries go by the records until the index is rebuilt;
      // an error is no different here, such as that of a full device under the mapped files
      index.fail();
      LOG.warn("the off-heap index failed and is out of use until it is rebuilt", e);
    }
  }

  private void stageTerms(Mutation mutation) {
    long ordinal = mutation.ordinal();
    IndexedFields after = mutation.fields();
    TermDiff.stage(indexBatch, catalog, mutation.before(), after, ordinal);
    if (after == null) {
      indexBatch.removeRow(ordinal);
    } else {
      Terms.row(after, index, row);
      indexBatch.putRow(ordinal, row);
    }
  }

  /** Replaces the catalog, durably, together with further changes. Only exclusively. */
  void writeCatalog(IndexCatalog next) {
    batch.clear();
    batch.put(Family.META, StoreHead.CATALOG_KEY, next.encode());
    storage.write(batch, true);
    catalog = next;
  }

  /** Takes an index out of the catalog and its entries out of the storage. Only exclusively. */
  void writeCatalogWithout(IndexCatalog.Entry entry) {
    IndexCatalog before = catalog;
    IndexCatalog next = before.without(entry.spec().name());
    batch.clear();
    batch.put(Family.META, StoreHead.CATALOG_KEY, next.encode());
    if (entry.spec().kind() == IndexSpec.Kind.ORDERED) {
      batch.deleteRange(
          Family.ORDERED,
          OrderedEntries.prefix(entry.number()),
          OrderedEntries.prefix(entry.number() + 1));
    }
    catalog = next; // first: a reader that may miss the entries must find the catalog changed
    try {
      storage.write(batch, true);
    } catch (RuntimeException | Error e) {
      catalog = before;
      throw e;
    }
  }

  /** The batch for writes beside commits, such as an index's entries. Only exclusively. */
  StorageBatch scratchBatch() {
    batch.clear();
    return batch;
  }

  /** Writes {@link #scratchBatch}. Only exclusively. */
  void writeScratch() {
    storage.write(batch, false);
  }

  PostingIndex index() {
    return index;
  }

  Storage storage() {
    return storage;
  }

  /** Ends the commit under way and takes no more; the caller's guard has refused new writers. */
  @Override
  public void close() {
    lock.lock();
    try {
      batch.close();
    } finally {
      lock.unlock();
    }
  }
}
