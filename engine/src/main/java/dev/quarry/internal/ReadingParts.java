package dev.quarry.internal;

import dev.quarry.StorageException;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.Verifier;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.CommitState;
import dev.quarry.internal.write.IndexAdmin;
import dev.quarry.internal.write.StoreHead;
import dev.quarry.internal.write.Writes;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The parts of a store that reads beside a live writer: a RocksDB secondary instance without caches
 * or posting lists. It takes over the writer's progress when a verb starts, no cursor or snapshot
 * is open and no other verb runs, so that each of them sees one state.
 */
final class ReadingParts extends StoreParts {
  /** How often progress is taken over beside busy readers, in nanoseconds. */
  private static final long INTERVAL = 10_000_000;

  /** How long the takeover waits for running verbs, in nanoseconds. */
  private static final long PATIENCE = 2_000_000;

  private final Reads reads;
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile long lastTry = System.nanoTime();
  private volatile IndexCatalog catalog;
  private volatile StoreHead head;
  private volatile CommitState state;

  ReadingParts(TaskStoreOptions options, Storage storage, RecordCodec codec) {
    super(
        options,
        new Guard(options.directory().toString()),
        storage,
        codec,
        new RecordReader(storage, codec, 0));
    load();
    ChangeLog changes = new ChangeLog(storage, codec);
    reads =
        new Reads(
            storage,
            reader,
            codec,
            new IndexGate(null),
            () -> state,
            changes,
            () -> catalog,
            () -> head);
  }

  private void load() {
    catalog = StoreFactory.readCatalog(storage);
    head = StoreHead.read(storage);
    state = new CommitState(head.sequence());
  }

  /**
   * Each verb comes here with its lease. Whoever takes over sets the flag first and looks for other
   * leases second; everybody else takes the lease first and looks at the flag second, and waits
   * while it is set. So no verb reads while the state moves. Beside busy readers it takes over now
   * and then only, and waits for them at most {@link #PATIENCE}; so a callback that reads is no
   * deadlock.
   */
  @Override
  void refresh() {
    while (true) {
      if (!refreshing.get()) {
        boolean alone = guard.leases() == 1;
        if (!alone && System.nanoTime() - lastTry < INTERVAL) {
          return;
        }
        if (refreshing.compareAndSet(false, true)) {
          break;
        }
      }
      waiting.incrementAndGet();
      while (refreshing.get()) {
        LockSupport.parkNanos(20_000);
      }
      waiting.decrementAndGet(); // and look again: the flag may be set anew
    }
    try {
      if (!handles.isAnyOpen() && othersWait() && !handles.isAnyOpen()) {
        storage.catchUp();
        load();
      }
      lastTry = System.nanoTime();
    } finally {
      refreshing.set(false);
    }
  }

  private boolean othersWait() {
    long end = System.nanoTime() + PATIENCE;
    while (true) {
      int parked = waiting.get(); // before the leases: who waits has one and keeps it
      if (guard.leases() == parked + 1) {
        return true;
      }
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Thread.onSpinWait();
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
    throw readOnly();
  }

  private StorageException readOnly() {
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
    throw readOnly();
  }

  @Override
  IndexAdmin admin() {
    throw readOnly();
  }

  @Override
  VerifyReport verify(Verifier verifier, boolean deep) {
    try (Reads.Pinned pinned = reads.pin()) {
      verifier.keys(pinned.snapshot(), catalog.readable(), head.tasks());
      return verifier.report(pinned.sequence(), deep);
    }
  }

  @Override
  void closeUpper() {}

  @Override
  void closeLower() {}
}
