package dev.quarry.internal.storage;

import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Writes that become visible together. Not thread-safe; owned by the one committer. */
public final class StorageBatch implements AutoCloseable {
  final WriteBatch batch;
  private final Storage storage;

  StorageBatch(Storage storage) {
    this.storage = storage;
    this.batch = new WriteBatch();
  }

  /** Adds a put. */
  public void put(Family family, byte[] key, byte[] value) {
    try {
      batch.put(storage.handle(family), key, value);
    } catch (RocksDBException e) {
      throw StorageErrors.map("stage put", e);
    }
  }

  /** Adds a delete. */
  public void delete(Family family, byte[] key) {
    try {
      batch.delete(storage.handle(family), key);
    } catch (RocksDBException e) {
      throw StorageErrors.map("stage delete", e);
    }
  }

  /** Adds the deletion of all keys {@code >= from} and {@code < to}. */
  public void deleteRange(Family family, byte[] from, byte[] to) {
    try {
      batch.deleteRange(storage.handle(family), from, to);
    } catch (RocksDBException e) {
      throw StorageErrors.map("stage range delete", e);
    }
  }

  /** Empties the batch. */
  public void clear() {
    batch.clear();
  }

  /** Bytes staged. */
  public long bytes() {
    return batch.getDataSize();
  }

  @Override
  public void close() {
    batch.close();
  }
}
