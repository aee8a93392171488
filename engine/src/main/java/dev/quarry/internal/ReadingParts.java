package dev.quarry.internal;

import dev.quarry.AsyncWrites;
import dev.quarry.Job;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStoreException;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.change.ChangeFeed;
import dev.quarry.internal.change.HistorySource;
import dev.quarry.internal.change.Positions;
import dev.quarry.internal.claim.ClaimVerbs;
import dev.quarry.internal.claim.ReadyWaiters;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.ReadyKeeper;
import dev.quarry.internal.index.Verifier;
import dev.quarry.internal.past.Undo;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Archive;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.CommitState;
import dev.quarry.internal.write.IndexAdmin;
import dev.quarry.internal.write.StoreHead;
import dev.quarry.internal.write.Writes;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * The parts of a store that reads beside a live writer: a RocksDB secondary instance without caches
 * or posting lists. It takes over the writer's progress when a verb starts while no other runs and
 * no cursor or snapshot is open, so that each of them sees one state.
 */
final class ReadingParts extends StoreParts {
  private final Reads reads;
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ChangeFeed feed;
  private volatile IndexCatalog catalog;
  private volatile StoreHead head;
  private volatile CommitState state;

  ReadingParts(TaskStoreOptions options, Path directory, Storage storage, RecordCodec codec) {
    super(
        options,
        directory,
        storage,
        codec,
        new RecordReader(storage, codec, RecordReader.cache(0)));
    load();
    ChangeLog changes = new ChangeLog(storage);
    reads =
        new Reads(
            storage,
            reader,
            codec,
            new IndexGate(null),
            () -> state,
            changes,
            () -> catalog,
            () -> head,
            null,
            options.queryTimeout());
    feed =
        new ChangeFeed(
            new HistorySource(storage, codec, () -> head.sequence(), this::refresh),
            guard,
            options.clock(),
            head.sequence(),
            this::callback,
            new Positions(storage, null));
  }

  private void load() {
    catalog = StoreFactory.readCatalog(storage);
    head = StoreHead.read(storage);
    state = new CommitState(head.sequence());
  }

  @Override
  void refresh() {
    // a verb holds its lease before it comes here and, where another catches up, waits here: so
    // the one that catches up either sees its lease and lets it be, or is seen by it
    while (true) {
      if (!refreshing.get() && guard.leases() > 1) {
        return;
      }
      if (refreshing.compareAndSet(false, true)) {
        break;
      }
      LockSupport.parkNanos(20_000);
    }
    try {
      // whoever still reads when it is closed has no lease, so that the one there is may be a
      // verb's
      if (guard.leases() == 1 && !guard.isClosed() && !handles.isAnyOpen()) {
        storage.catchUp();
        load();
      }
    } finally {
      refreshing.set(false);
    }
  }

  @Override
  Reads reads() {
    return reads;
  }

  @Override
  StoreHead head() {
    return head;
  }

  @Override
  IndexCatalog catalog() {
    return catalog;
  }

  @Override
  PostingIndex index() {
    return null;
  }

  @Override
  void checkWritable() {
    throw refusal();
  }

  private TaskStoreException refusal() {
    if (guard.isClosed()) {
      return guard.closedException(); // to be opened for writing is no way out of that
    }
    return new StorageException(
        "the store was opened read-only; open it with TaskStore.open to write",
        Map.of("directory", directory()));
  }

  @Override
  boolean isReadOnly() {
    return true;
  }

  @Override
  Writes writes() {
    throw refusal();
  }

  @Override
  IndexAdmin admin() {
    throw refusal();
  }

  @Override
  ChangeFeed feed() {
    return feed;
  }

  @Override
  Undo undo() {
    throw refusal();
  }

  @Override
  Archive archive() {
    throw refusal();
  }

  @Override
  Job updateAll(String name, Query query, int chunkSize, UnaryOperator<Task> change) {
    throw refusal();
  }

  @Override
  AsyncWrites async(int capacity, AsyncWrites.Policy policy) {
    throw refusal();
  }

  @Override
  ClaimVerbs claims() {
    throw refusal();
  }

  @Override
  ReadyWaiters readyWaiters() {
    throw refusal();
  }

  @Override
  VerifyReport verify(Verifier verifier, boolean deep) {
    try (Reads.Pinned pinned = reads.pin()) {
      boolean absentBlocks = ReadyKeeper.absentBlocks(storage, options.absentDependenciesBlock());
      verifier.keys(pinned.snapshot(), catalog.readable(), head.tasks(), absentBlocks);
      return verifier.report(pinned.sequence(), deep);
    }
  }

  @Override
  void closeUpper() {}

  @Override
  void closeLower() {}
}
