package dev.quarry.internal.storage;

import java.nio.ByteBuffer;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * A walk over one family's keys within bounds, at the point in time of its creation or of its
 * snapshot. Not thread-safe. Checks the status after each move. Close it.
 */
public final class StorageIterator implements AutoCloseable {
  private final RocksIterator iterator;
  private final ReadOptions readOptions;
  private final Slice lower;
  private final Slice upper;
  private final String action;
  private boolean valid;
  private boolean closed;

  StorageIterator(
      RocksIterator iterator, ReadOptions readOptions, Slice lower, Slice upper, Family family) {
    this.iterator = iterator;
    this.readOptions = readOptions;
    this.lower = lower;
    this.upper = upper;
    this.action = "iterate " + family.familyName();
  }

  /** Moves to the first key. */
  public void first() {
    iterator.seekToFirst();
    check();
  }

  /** Moves to the last key. */
  public void last() {
    iterator.seekToLast();
    check();
  }

  /** Moves on; at the end it stays there, and behind an error it throws that again. */
  public void next() {
    if (valid) { // else RocksDB would crash the process
      iterator.next();
    }
    check();
  }

  /** Moves back, as {@link #next} moves on. */
  public void previous() {
    if (valid) {
      iterator.prev();
    }
    check();
  }

  /** Whether the walk stands on a key. */
  public boolean isValid() {
    return valid;
  }

  /**
   * Copies the value into {@code into}, which is direct, from its start, and flips it.
   *
   * @return the value's length, which may be larger than what {@code into} took
   */
  public int value(ByteBuffer into) {
    into.clear();
    int length = iterator.value(into);
    into.position(0).limit(Math.min(length, into.capacity()));
    return length;
  }

  /** Copies the key into {@code into}, which is direct and has room for it, and flips it. */
  public void key(ByteBuffer into) {
    into.clear();
    into.limit(iterator.key(into));
  }

  /** A copy of the key. */
  public byte[] key() {
    return iterator.key();
  }

  /** A copy of the value. */
  public byte[] value() {
    return iterator.value();
  }

  /** A walk that stands on a key has no error: RocksDB tells of one by ending the walk. */
  private void check() {
    valid = iterator.isValid();
    if (valid) {
      return;
    }
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw StorageErrors.map(action, e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    iterator.close();
    readOptions.close();
    if (lower != null) {
      lower.close();
    }
    if (upper != null) {
      upper.close();
    }
  }
}
