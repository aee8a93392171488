package dev.quarry.internal.change;

import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.CommitPart;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.KeptBodies;
import dev.quarry.internal.write.KeptEntries;
import dev.quarry.internal.write.LogPlace;
import dev.quarry.internal.write.StoreHead;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The change log of a store. Read over snapshots: a task's state at a commit is put together from
 * several families, which the next commit changes. All its readers share the texts that they have
 * found and the entries in whose middle they stand, so a thousand of them hold no more than one;
 * these go when no reader is left.
 */
public final class HistorySource implements CommitSource {
  private final Storage storage;
  private final RecordCodec codec;
  private final LongSupplier lastSequence;
  private final Runnable refresh;
  private final Runnable step;

  /** What readers share. */
  private record Kept(KeptBodies texts, KeptEntries entries) {}

  /** Held by the readers. */
  private final AtomicReference<WeakReference<Kept>> kept =
      new AtomicReference<>(new WeakReference<>(null));

  /**
   * The log of a store.
   *
   * @param storage where the log is
   * @param codec of its records
   * @param lastSequence the store's last commit
   * @param refresh takes over what another process has committed; null where this one commits
   */
  public HistorySource(
      Storage storage, RecordCodec codec, LongSupplier lastSequence, Runnable refresh) {
    this(storage, codec, lastSequence, refresh, () -> {});
  }

  /** The same; {@code step} is run for each entry of the history that is looked at. */
  HistorySource(
      Storage storage,
      RecordCodec codec,
      LongSupplier lastSequence,
      Runnable refresh,
      Runnable step) {
    this.storage = storage;
    this.codec = codec;
    this.lastSequence = lastSequence;
    this.refresh = refresh;
    this.step = step;
  }

  @Override
  public long last() {
    return lastSequence.getAsLong();
  }

  @Override
  public long lastSeen() {
    return StoreHead.read(storage).sequence();
  }

  @Override
  public boolean takeOver() {
    if (refresh == null) {
      return false;
    }
    refresh.run(); // waits where another thread is taking over commits right now
    return true;
  }

  @Override
  public long firstRetained() {
    return new History(storage, codec).firstRetained(last());
  }

  @Override
  public Reader reader() {
    return new PartReader(shared());
  }

  /** Keeps where it stands, and what was found on the way. */
  private final class PartReader implements Reader {
    private final Kept kept;
    private LogPlace place = new LogPlace(0, 0);

    PartReader(Kept kept) {
      this.kept = kept;
    }

    @Override
    public void forEachPart(long after, int skip, IntSupplier most, Predicate<CommitPart> more) {
      takeOver();
      if (!place.is(after, skip)) {
        place = new LogPlace(after, skip);
      }
      try (StorageSnapshot at = storage.snapshot()) {
        History.inTurn(storage, codec, at, step, kept.texts, kept.entries)
            .forEachPart(place, most, more);
      }
    }
  }

  private Kept shared() {
    while (true) {
      WeakReference<Kept> held = kept.get();
      Kept shared = held.get();
      if (shared != null) {
        return shared;
      }
      shared = new Kept(new KeptBodies(), new KeptEntries());
      if (kept.compareAndSet(held, new WeakReference<>(shared))) {
        return shared;
      }
    }
  }

  /** Whether texts are in memory, for tests. */
  boolean holdsTexts() {
    return kept.get().get() != null;
  }
}
