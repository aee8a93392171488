package dev.quarry.internal.write;

import dev.quarry.Durability;
import dev.quarry.IndexSpec;
import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.events.StoreEvents;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.lifecycle.FailureState;
import dev.quarry.internal.lifecycle.Failures;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits. A commit is decided first (its tasks are read, changed and checked), then written: one
 * batch with records, ids, ordered-index entries, the change-log entry and the head; the posting
 * index and the caches follow before the write returns. No reader touches the locks here.
 *
 * <p>A writer that finds nobody else does both at once. Otherwise it decides under the lock of
 * those who stage, seeing what is decided before it, and joins the open group. The first of a group
 * leads: when the write before is done it closes the group and writes it as one batch, while others
 * go on deciding for the next one. So concurrent writers share the log write, and with {@link
 * Durability#SYNC} the fsync. Each commit keeps its own sequence and its own entry in the log.
 *
 * <p>Lock order: writing, then staging.
 */
public final class Committer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
  private static final int MAX_CACHED = 256;
  private static final Duration LEADER_LATE = Duration.ofSeconds(1);

  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock staging = new ReentrantLock();
  private final Storage storage;
  private final RecordReader reader;
  private final PostingIndex index;
  private final FailureState failure;
  private final CommitState state;
  private final CommitSettings settings;
  private final CommitSteps steps;
  private final CommitLayout layout;
  private final ReadyHead readyHead = new ReadyHead();
  private final Overlay overlay = new Overlay();
  private final StagedState stagedState;
  private final StorageBatch batch;
  private final IndexWriter indexWriter;
  private final LogTrimmer trimmer;
  private volatile IndexCatalog catalog;
  private volatile StoreHead head;
  private StoreHead decided;
  private long unusedOrdinal;
  private Group newest;
  private final ArrayDeque<Group> pending = new ArrayDeque<>();
  private boolean direct;
  private final CommitListeners listeners = new CommitListeners();
  private volatile StagingHook hook = StagingHook.NONE;

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
      CommitSettings settings,
      CommitSteps steps) {
    this.storage = storage;
    this.reader = reader;
    this.index = index;
    this.failure = failure;
    this.catalog = catalog;
    this.head = head;
    this.decided = head;
    this.settings = settings;
    this.steps = steps;
    this.state = new CommitState(head.sequence());
    this.batch = storage.newBatch();
    this.layout = new CommitLayout(codec, index);
    this.stagedState = new StagedState(storage, codec, reader, index, overlay);
    this.trimmer = new LogTrimmer(storage, codec, changes, settings.keptCommits());
    this.indexWriter = new IndexWriter(index, layout, listeners);
  }

  /** Who is told of commits. */
  public CommitListeners listeners() {
    return listeners;
  }

  /** Sets who takes part in commits; before the first of them. */
  public void hook(StagingHook value) {
    hook = value;
  }

  /** Where the commits stand, for readers. */
  public CommitState state() {
    return state;
  }

  /** The head as of the last complete commit. */
  public StoreHead head() {
    return head;
  }

  /** Where the ready tasks begin. */
  public ReadyHead readyHead() {
    return readyHead;
  }

  /** The indexes. */
  public IndexCatalog catalog() {
    return catalog;
  }

  /** A write that is decided, or refused. */
  public final class Pending<R> {
    private final R result;
    private final Throwable refused;
    private final Group group;
    private final boolean leads;

    private Pending(R result, Throwable refused, Group group, boolean leads) {
      this.result = result;
      this.refused = refused;
      this.group = group;
      this.leads = leads;
    }

    /**
     * Returns when the write is in the log, or throws what refuses it when that is final; whoever
     * submitted it must call this, and in the order in which it submitted several.
     */
    public R await() {
      if (group != null) {
        // where the first does not come to lead, whatever became of it, another one must
        if (leads || !group.await(LEADER_LATE)) {
          lead(group);
        }
        group.check();
      }
      Failures.throwIfAny(refused);
      return result;
    }
  }

  /**
   * Runs a write. The work stages mutations and commits them; it runs exactly once, in this thread,
   * and no other work runs meanwhile.
   */
  public <R> R exclusively(Function<Staging, R> work) {
    return exclusively(Patience.ENDLESS, work);
  }

  /**
   * The same; it ends with {@link dev.quarry.LimitExceededException} where another write does not
   * let it begin within the patience.
   */
  public <R> R exclusively(Patience patience, Function<Staging, R> work) {
    checkNotNested();
    if (!writing.tryLock()) {
      return submit(patience, work).await();
    }
    try {
      return directly(patience, work);
    } finally {
      writing.unlock();
    }
  }

  /**
   * As {@link #exclusively}, but waits until everything decided before is written, so that the work
   * finds all of it in the storage and its log.
   */
  public <R> R behindAll(Function<Staging, R> work) {
    checkNotNested();
    writing.lock();
    try {
      return directly(Patience.ENDLESS, work);
    } finally {
      writing.unlock();
    }
  }

  /** With the writing lock held. */
  private <R> R directly(Patience patience, Function<Staging, R> work) {
    patience.lock(staging); // another may decide a queued write, which needs the other lock later
    try {
      writePending();
      failure.check();
      direct = true;
      return work.apply(newStaging());
    } finally {
      direct = false;
      staging.unlock();
    }
  }

  /**
   * Runs a write up to its decision, so that several of one thread are written together. As {@link
   * #exclusively} otherwise; {@link Pending#await} throws what the work threw.
   */
  public <R> Pending<R> submit(Function<Staging, R> work) {
    return submit(Patience.ENDLESS, work);
  }

  private <R> Pending<R> submit(Patience patience, Function<Staging, R> work) {
    checkNotNested();
    Group before;
    Group seen;
    R result = null;
    Throwable refused = null;
    patience.lock(staging);
    try {
      failure.check();
      before = newest;
      try {
        result = work.apply(newStaging());
      } catch (Throwable e) { // whatever it is: what was committed before it may have to be led
        refused = e;
      }
      seen = newest;
    } finally {
      staging.unlock();
    }
    // also who adds nothing has decided by what others have decided, and waits until it is written
    // (not here: this thread may have to lead that group for an earlier write of its own)
    return new Pending<>(result, refused, seen, seen != null && seen != before);
  }

  private Staging newStaging() {
    return new Staging(this, stagedState, settings.actor());
  }

  /** Refuses to go on in a thread that is inside a write: before it waits for anything else. */
  public void checkNotNested() {
    checkNotNested(
        "a write cannot be made from inside another one; return the changed task instead,"
            + " or use a WriteBatch");
  }

  private void checkNotNested(String why) {
    if (isInsideWrite()) {
      throw new IllegalStateException(why);
    }
  }

  /** Whether this thread decides a write at present. */
  public boolean isInsideWrite() {
    return staging.isHeldByCurrentThread();
  }

  /** Whether writes are refused since an earlier one failed. */
  public boolean isFailed() {
    return failure.isFailed();
  }

  /** Makes the log durable; where that fails, nobody can tell what is, and the store has failed. */
  void sync() {
    try {
      storage.sync();
    } catch (RuntimeException | Error e) {
      failure.fail(e);
      throw e;
    }
  }

  /** Runs {@code work} while no commit is under way and none is decided. */
  public <R> R alone(Supplier<R> work) {
    checkNotNested(
        "this waits for the write, verification or rebuild that is under way and cannot be called"
            + " from inside it; call it when that has returned");
    writing.lock();
    try {
      staging.lock();
      try {
        writePending();
        return work.get();
      } finally {
        staging.unlock();
      }
    } finally {
      writing.unlock();
    }
  }

  /**
   * As {@link #alone}, refused where the store has failed or its folder is elsewhere: for work that
   * writes.
   */
  <R> R aloneToWrite(Supplier<R> work) {
    return alone(
        () -> {
          failure.check();
          storage.checkPlace();
          return work.get();
        });
  }

  /** Behind all that were given out, also by writes that failed. */
  long nextOrdinal() {
    return Math.max(decided.nextOrdinal(), unusedOrdinal);
  }

  long lastSequence() {
    return decided.sequence();
  }

  /** Of the commit that is decided next. */
  long nextSequence() {
    return Math.max(decided.sequence(), state.announced()) + 1;
  }

  /** What goes into the commit of a chunk. */
  public ChunkRoom newRoom() {
    return new ChunkRoom(settings.mostBytes());
  }

  StagingHook hook() {
    return hook;
  }

  boolean absentBlocks() {
    return settings.absentBlocks();
  }

  /** Decides a commit of the {@link #nextSequence}; in direct mode also writes it. */
  void commit(
      Action action,
      String actor,
      List<Mutation> mutations,
      List<WaitChange> waits,
      SideWrites sides,
      Durability durability) {
    if (!staging.isHeldByCurrentThread()) {
      throw new IllegalStateException("commits need the committer's lock");
    }
    StagedCommit commit =
        new StagedCommit(
            nextSequence(), settings.clock().instant(), action, actor, mutations, waits, sides);
    boolean sync = durability == Durability.SYNC;
    long bytes = commit.checkedBytes(settings.mostBytes());
    if (direct) {
      Group alone = new Group();
      alone.add(commit, bytes, sync);
      write(alone);
      alone.check();
      return;
    }
    Group group = pending.peekLast();
    if (group == null || !group.takes(bytes)) {
      group = new Group();
      pending.add(group);
      newest = group;
    }
    decided = commit.headBehind(decided);
    group.add(commit, bytes, sync);
    overlay.add(commit, group.layer());
  }

  /** Writes the group for all who joined, and those before it. */
  private void lead(Group group) {
    writing.lock();
    try {
      while (!group.isDone()) {
        write(nextGroup());
      }
    } finally {
      writing.unlock();
    }
  }

  private Group nextGroup() {
    staging.lock();
    try {
      return pending.remove();
    } finally {
      staging.unlock();
    }
  }

  /** With both locks held: nobody may decide over the heads of those who have. */
  private void writePending() {
    while (!pending.isEmpty()) {
      write(pending.remove());
    }
  }

  /** With the writing lock held. Never throws: the group learns how it went. */
  private void write(Group group) {
    Throwable cause = null;
    try {
      failure.check();
      writeCommits(group.commits(), group.isSync());
    } catch (RuntimeException | Error e) {
      cause = e;
    }
    staging.lock();
    try {
      if (cause == null) {
        overlay.drop(group.layer());
        if (newest == group) {
          newest = null;
        }
        if (decided.sequence() <= head.sequence()) {
          decided = head;
        }
        afterwards(() -> listeners.tellOfClaims(group.commits()));
      } else {
        undecide(group, cause);
      }
    } finally {
      staging.unlock();
      group.complete(cause); // whatever went wrong here: others wait for it
    }
  }

  /** What was decided over a commit that could not be written has no ground any more. */
  private void undecide(Group failed, Throwable cause) {
    // a write that failed may be found in the log later: its ordinals are as good as used
    StoreHead behind = decided;
    for (StagedCommit commit : failed.commits()) {
      behind = commit.headBehind(behind);
    }
    unusedOrdinal = Math.max(nextOrdinal(), behind.nextOrdinal());
    overlay.clear();
    newest = null;
    decided = head;
    while (!pending.isEmpty()) {
      pending.remove().complete(cause);
    }
  }

  private void writeCommits(List<StagedCommit> commits, boolean sync) {
    StoreEvents.Commit event = StoreEvents.commit();
    batch.clear();
    StoreHead next = head;
    for (StagedCommit commit : commits) {
      next = layout.stage(batch, commit, catalog, next);
    }
    long last = next.sequence();
    for (StagedCommit commit : commits) {
      for (Mutation m : commit.mutations()) {
        reader.beginWrite(m.ordinal());
      }
    }
    state.announce(commits, storage.storageSequence());
    try {
      steps.reached(CommitSteps.Step.ANNOUNCED);
      storage.write(batch, sync);
    } catch (RuntimeException | Error e) {
      failure.fail(e);
      for (StagedCommit commit : commits) {
        for (Mutation m : commit.mutations()) {
          reader.abortWrite(m.ordinal());
        }
      }
      state.complete(last);
      throw e;
    }
    try {
      steps.reached(CommitSteps.Step.WRITTEN); // a reader may find the batch, and the head before
      head = next;
      lowerReadyHead(commits);
      indexWriter.apply(commits, catalog, last);
      steps.reached(CommitSteps.Step.INDEXED);
      endWrites(commits);
      steps.reached(CommitSteps.Step.CACHED);
    } finally {
      state.complete(last);
    }
    if (event != null) {
      int tasks = commits.stream().mapToInt(c -> c.mutations().size()).sum();
      event.done(last, commits.size(), tasks, batch.sizeBytes(), sync);
    }
    afterwards(() -> listeners.tell(commits));
    afterwards(() -> trimmer.trim(batch, last));
  }

  /** The commit stands, whatever becomes of what follows it. */
  private void afterwards(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failure.fail(e);
      LOG.warn("what follows a commit failed; no more is written", e);
    }
  }

  private void lowerReadyHead(List<StagedCommit> commits) {
    IndexCatalog.Entry ofReady = catalog.ofReady();
    for (StagedCommit commit : commits) {
      CommitLayout.forEachNewlyReady(commit, ofReady, readyHead::lower);
    }
  }

  /** Hands the new tasks to the cache; of one that several commits of a group wrote, the last. */
  private void endWrites(List<StagedCommit> commits) {
    Map<Long, Long> lastOf = new HashMap<>();
    if (commits.size() > 1) {
      for (StagedCommit commit : commits) {
        commit.mutations().forEach(m -> lastOf.put(m.ordinal(), commit.sequence()));
      }
    }
    for (StagedCommit commit : commits) {
      // a bulk load must not sweep the cache
      boolean bulk = commit.mutations().size() > MAX_CACHED;
      for (Mutation m : commit.mutations()) {
        boolean last = commits.size() == 1 || lastOf.get(m.ordinal()) == commit.sequence();
        reader.endWrite(m.ordinal(), bulk || !last ? null : m.after());
      }
    }
  }

  static Task versioned(Task task, long sequence) {
    return task.toBuilder().version(sequence).build();
  }

  /** Replaces the catalog, durably, together with further changes. Only alone. */
  void writeCatalog(IndexCatalog next) {
    batch.clear();
    batch.put(Family.META, StoreHead.CATALOG_KEY, next.encode());
    storage.write(batch, true);
    catalog = next;
  }

  /** Takes an index out of the catalog and its entries out of the storage. Only alone. */
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

  /** The batch for writes beside commits, such as an index's entries. Only alone. */
  StorageBatch scratchBatch() {
    batch.clear();
    return batch;
  }

  /** Writes {@link #scratchBatch}. Only alone. */
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
    writing.lock();
    try {
      batch.close();
    } finally {
      writing.unlock();
    }
  }
}
