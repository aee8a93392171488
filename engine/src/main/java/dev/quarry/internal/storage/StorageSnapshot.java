package dev.quarry.internal.storage;

import java.util.concurrent.atomic.AtomicBoolean;
import org.rocksdb.ReadOptions;
import org.rocksdb.Snapshot;

/**
 * A point in time of the storage. Thread-safe for reading. The owner closes it before the storage.
 * Of a read-only storage, which stands still between catch-ups, it is the present state.
 */
public final class StorageSnapshot implements AutoCloseable {
  final ReadOptions readOptions;
  private final Storage storage;
  private final Snapshot snapshot;
  private final AtomicBoolean closed = new AtomicBoolean();

  StorageSnapshot(Storage storage, Snapshot snapshot) {
    this.storage = storage;
    this.snapshot = snapshot;
    this.readOptions = new ReadOptions();
    if (snapshot != null) {
      readOptions.setSnapshot(snapshot);
    }
  }

  /** RocksDB's own sequence number of the point in time; rises with every commit. */
  public long storageSequence() {
    return snapshot == null ? storage.storageSequence() : snapshot.getSequenceNumber();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      readOptions.close();
      if (snapshot != null) {
        storage.release(snapshot);
      }
    }
  }
}
