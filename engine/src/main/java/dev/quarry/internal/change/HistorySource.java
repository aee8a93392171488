package dev.quarry.internal.change;

import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.KeptBodies;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * The change log of a store. Read over snapshots: a task's state at a commit is put together from
 * several families, which the next commit changes. All its readers share the texts that they have
 * found, so a thousand of them hold no more than one; the texts go when no reader is left.
 */
public final class HistorySource implements CommitSource {
  private final Storage storage;
  private final RecordCodec codec;
  private final LongSupplier lastSequence;
  private final Runnable refresh;
  private final Runnable step;

  /** Held by the readers. */
  private final AtomicReference<WeakReference<KeptBodies>> texts =
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
    KeptBodies shared = sharedTexts();
    return (after, more) -> {
      takeOver();
      try (StorageSnapshot at = storage.snapshot()) {
        History.inTurn(storage, codec, at, step, shared).forEach(after, more);
      }
    };
  }

  private KeptBodies sharedTexts() {
    while (true) {
      WeakReference<KeptBodies> held = texts.get();
      KeptBodies shared = held.get();
      if (shared != null) {
        return shared;
      }
      shared = new KeptBodies();
      if (texts.compareAndSet(held, new WeakReference<>(shared))) {
        return shared;
      }
    }
  }

  /** Whether texts are in memory, for tests. */
  boolean holdsTexts() {
    return texts.get().get() != null;
  }
}
