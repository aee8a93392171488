package dev.quarry.internal;

import dev.quarry.AsyncWrites;
import dev.quarry.CorruptionException;
import dev.quarry.IndexSpec;
import dev.quarry.Job;
import dev.quarry.LimitExceededException;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStoreException;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.cache.RecordCache;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.change.ChangeFeed;
import dev.quarry.internal.change.HistorySource;
import dev.quarry.internal.change.Positions;
import dev.quarry.internal.claim.ClaimVerbs;
import dev.quarry.internal.claim.ReadyWaiters;
import dev.quarry.internal.claim.ReadyWalk;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.IndexKeeper;
import dev.quarry.internal.index.ReadyKeeper;
import dev.quarry.internal.index.Releases;
import dev.quarry.internal.index.Verifier;
import dev.quarry.internal.lifecycle.FailureState;
import dev.quarry.internal.lifecycle.Failures;
import dev.quarry.internal.lifecycle.HeardProgress;
import dev.quarry.internal.past.Undo;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StoreLock;
import dev.quarry.internal.write.Archive;
import dev.quarry.internal.write.AsyncQueue;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.ChunkedUpdate;
import dev.quarry.internal.write.CommitSettings;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.IndexAdmin;
import dev.quarry.internal.write.IndexHealer;
import dev.quarry.internal.write.IndexLimits;
import dev.quarry.internal.write.StoreHead;
import dev.quarry.internal.write.TaskRules;
import dev.quarry.internal.write.Writes;
import dev.quarry.query.Query;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the store that writes. */
final class WritingParts extends StoreParts {
  private static final Logger LOG = LoggerFactory.getLogger(WritingParts.class);

  private final StoreLock lock;
  private final PostingIndex index;
  final Committer committer;
  private final Reads reads;
  private final Writes writes;
  private final IndexAdmin admin;
  private final ChangeFeed feed;
  private final Set<String> updates = ConcurrentHashMap.newKeySet();
  private final ClaimVerbs claims;
  private final FailureState failure = new FailureState();
  private final ReadyWaiters readyWaiters = new ReadyWaiters(failure::check);
  private boolean flushed;

  WritingParts(
      TaskStoreOptions options,
      Storage storage,
      RecordCodec codec,
      RecordCache<Task> records,
      StoreLock lock,
      PostingIndex index,
      IndexCatalog catalog,
      StoreHead head,
      CommitSteps steps) {
    super(options, lock.directory(), storage, codec, new RecordReader(storage, codec, records));
    this.lock = lock;
    this.index = index;
    ChangeLog changes = new ChangeLog(storage);
    IndexGate gate = new IndexGate(index);
    committer = newCommitter(changes, catalog, head, steps);
    reads =
        new Reads(
            storage,
            reader,
            codec,
            gate,
            committer::state,
            changes,
            committer::catalog,
            committer::head,
            committer.readyHead(),
            options.queryTimeout());
    writes = new Writes(committer, new TaskRules(options.clock()), options.durability());
    feed =
        new ChangeFeed(
            new HistorySource(storage, codec, () -> committer.state().applied(), null),
            guard,
            options.clock(),
            head.sequence(),
            this::callback,
            new Positions(storage, committer));
    committer.listeners().all(feed);
    Releases releases = new Releases(guard);
    background.add(releases, releases::end);
    IndexKeeper keeper = new IndexKeeper(storage, codec, changes, index, releases);
    ReadyKeeper ready = new ReadyKeeper(storage, codec, options.absentDependenciesBlock());
    admin = new IndexAdmin(committer, codec, keeper, gate, directory(), ready::markIndexed);
    IndexHealer healer =
        new IndexHealer(committer, admin, storage::hasRoomFor, guard, steps.longestPauseNanos());
    background.add(healer, healer::end);
    committer.listeners().brokenIndex(healer::failed);
    committer.listeners().smallerIndex(healer::hasLess);
    committer.listeners().indexLimit(admin::noteLimit);
    try {
      bringUp(keeper, ready, catalog, head, healer);
    } catch (Throwable e) { // also what the caller's listener must not throw
      releases.end(); // a release that comes late would delete files of the next open
      throw e;
    }
    claims = newClaims();
    committer.hook(claims.hook());
    committer.listeners().ready(readyWaiters);
    failure.tells(readyWaiters::wakeAll);
    background.add(readyWaiters, readyWaiters::wakeAll);
    feed.sweep();
    claims.start();
    healer.storeIsOpen(); // last: nothing keeps the store from being open any more
  }

  private Committer newCommitter(
      ChangeLog changes, IndexCatalog catalog, StoreHead head, CommitSteps steps) {
    CommitSettings settings =
        new CommitSettings(
            options.changeLogCommits(),
            options.clock(),
            options.actor(),
            options.absentDependenciesBlock(),
            steps.mostBytes());
    return new Committer(
        storage, codec, changes, reader, index, failure, catalog, head, settings, steps);
  }

  private ClaimVerbs newClaims() {
    return new ClaimVerbs(
        committer,
        storage,
        new TaskRules(options.clock()),
        options.durability(),
        options.clock(),
        guard,
        new ReadyWalk(storage, reader, reads, committer.readyHead(), committer::catalog),
        new SplittableRandom(),
        options.limits().acquireTimeout());
  }

  /**
   * Neither a damaged record nor a full device must keep the rest of the store shut, nor more than
   * the index can hold.
   */
  private void bringUp(
      IndexKeeper keeper,
      ReadyKeeper ready,
      IndexCatalog catalog,
      StoreHead head,
      IndexHealer healer) {
    HeardProgress heard = new HeardProgress(options.progress());
    boolean ofIndex = false;
    try {
      boolean made = ready.bringUp(catalog.ofReady(), head.nextOrdinal(), head.tasks(), heard);
      ofIndex = true;
      if (made && head.tasks() > 0) {
        keeper.rebuild(head.sequence(), head.tasks(), catalog, heard);
      } else {
        keeper.bringUp(head.sequence(), head.tasks(), catalog, heard);
      }
      if (made) {
        ready.mark();
      }
    } catch (CorruptionException e) {
      if (heard.threw(e)) {
        throw e;
      }
      index.fail();
      LOG.warn("indexes cannot be built over damaged records; queries go by the records", e);
    } catch (UncheckedIOException | InternalError e) { // the second is a fault in mapped memory
      if (heard.threw(e)) {
        throw e;
      }
      index.fail();
      LOG.warn("the off-heap index gets no room and is out of use until it is rebuilt", e);
      healer.failed(e);
    } catch (RuntimeException | OutOfMemoryError e) { // a limit of the index, or of the JVM
      if (!ofIndex || e instanceof TaskStoreException || heard.threw(e)) {
        throw e;
      }
      index.fail();
      LOG.warn(IndexLimits.CANNOT_BUILD, e);
      admin.noteLimit(e);
    }
    for (IndexSpec spec : admin.unfinished()) {
      create(spec);
    }
    options.indexes().forEach(this::create);
  }

  private void create(IndexSpec spec) {
    HeardProgress heard = new HeardProgress(options.progress());
    try {
      admin.create(spec, heard);
    } catch (CorruptionException e) {
      if (heard.threw(e)) {
        throw e;
      }
      LOG.warn("index {} cannot be built over damaged records; queries do without", spec.name(), e);
    } catch (StorageException e) {
      if (!e.isRetryable() || heard.threw(e)) {
        throw e;
      }
      LOG.warn("index {} gets no room and is built at the next open", spec.name(), e);
    } catch (LimitExceededException | OutOfMemoryError e) { // the second before it was begun
      if (heard.threw(e)) {
        throw e;
      }
      LOG.warn("index {} cannot be built; queries do without", spec.name(), e);
    }
  }

  @Override
  Reads reads() {
    return reads;
  }

  @Override
  StoreHead head() {
    return committer.head();
  }

  @Override
  IndexCatalog catalog() {
    return committer.catalog();
  }

  @Override
  PostingIndex index() {
    return index;
  }

  @Override
  void checkWritable() {}

  @Override
  boolean isReadOnly() {
    return false;
  }

  @Override
  Writes writes() {
    return writes;
  }

  @Override
  IndexAdmin admin() {
    return admin;
  }

  @Override
  ChangeFeed feed() {
    return feed;
  }

  @Override
  Undo undo() {
    return new Undo(committer, storage, codec, options.durability());
  }

  @Override
  ClaimVerbs claims() {
    return claims;
  }

  @Override
  int oversizedTasks() {
    return claims.largeTasks();
  }

  @Override
  ReadyWaiters readyWaiters() {
    return readyWaiters;
  }

  @Override
  void refresh() {}

  /** Behind all commits that have got their time before, and are not yet written. */
  @Override
  Instant now() {
    return committer.alone(options.clock()::instant);
  }

  @Override
  VerifyReport verify(Verifier verifier, boolean deep) {
    return committer.alone(
        () -> {
          try (Reads.Pinned pinned = reads.pin()) {
            IndexCatalog readable = catalog().readable();
            boolean absentBlocks =
                options.absentDependenciesBlock(); // its mark may not be there yet
            verifier.keys(pinned.snapshot(), readable, head().tasks(), absentBlocks);
            if (!index.isFailed()) {
              verifier.postings(index, readable, head().tasks());
            }
            return verifier.report(pinned.sequence(), deep);
          }
        });
  }

  @Override
  AsyncWrites async(int capacity, AsyncWrites.Policy policy) {
    AsyncQueue queue =
        new AsyncQueue(
            committer, writes, capacity, policy, gate::admit, this::callback, background::remove);
    background.start(queue, queue::start, queue::close);
    return queue;
  }

  @Override
  Archive archive() {
    return new Archive(committer, codec, reads, options.durability());
  }

  @Override
  Job updateAll(String name, Query query, int chunkSize, UnaryOperator<Task> change) {
    if (!updates.add(name)) {
      throw new IllegalStateException("a job named " + name + " is under way; await it first");
    }
    try {
      ChunkedUpdate work =
          new ChunkedUpdate(
              committer,
              reads,
              new TaskRules(options.clock()),
              options.durability(),
              name,
              query,
              chunkSize,
              change);
      return job(name, work, work::resume, () -> updates.remove(name));
    } catch (RuntimeException | Error e) {
      updates.remove(name);
      throw e;
    }
  }

  @Override
  void closeUpper() {
    claims.close();
    committer.close();
    if (storage.isElsewhere()) {
      index.fail(); // no more is written by the names of its files
    }
    Throwable first = null;
    try {
      index.close();
    } catch (RuntimeException | Error e) { // it is derived: the tasks must not stay unflushed
      first = e;
    }
    try {
      storage.flush();
      flushed = true;
    } catch (RuntimeException | Error e) {
      if (first != null) {
        e.addSuppressed(first);
      }
      throw e;
    }
    Failures.throwIfAny(first);
  }

  @Override
  void closeLower() {
    try {
      // a write that failed may be in the log or not: such a store is looked at when it is opened
      if (flushed && !committer.isFailed()) {
        Path data = directory().resolve(StoreFactory.DATA);
        CloseMark.write(directory(), data, committer.head().sequence());
      }
    } finally {
      lock.close();
    }
  }
}
