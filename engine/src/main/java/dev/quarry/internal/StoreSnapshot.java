package dev.quarry.internal;

import dev.quarry.Snapshot;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import java.util.function.Function;
import java.util.function.Supplier;

/** A point in time that is handed out. Its cursors share its storage snapshot and keep it alive. */
final class StoreSnapshot extends ReaderVerbs implements Snapshot {
  /** Runs what calls the caller's code. */
  interface Callbacks {
    <R> R run(Supplier<R> work);
  }

  private final Reads.Pinned pinned;
  private final Handle handle;
  private final Callbacks callbacks;

  StoreSnapshot(
      Guard guard,
      OpenHandles handles,
      Reads reads,
      Reads.Pinned pinned,
      Handle handle,
      Callbacks callbacks) {
    super(guard, handles, reads);
    this.pinned = pinned;
    this.handle = handle;
    this.callbacks = callbacks;
  }

  @Override
  <R> R query(Reads with, Function<Queries, R> work) {
    int lease = guard.enter();
    try {
      handle.enter();
      try {
        return work.apply(with.over(pinned));
      } finally {
        handle.exit();
      }
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  <R> R withCallbacks(Supplier<R> work) {
    return callbacks.run(work);
  }

  @Override
  Reads.Pinned pin() {
    handle.enter();
    return pinned.shared(handle::exit);
  }

  @Override
  public long sequence() {
    return pinned.sequence();
  }

  @Override
  public void close() {
    handles.close(handle);
  }
}
