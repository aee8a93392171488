package dev.quarry.cache;

import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** The cache that holds nothing. */
final class DisabledRecordCache<V> implements RecordCache<V> {
  private final LongAdder misses = new LongAdder();
  private volatile boolean closed;

  @Override
  public V get(long key) {
    misses.increment();
    return null;
  }

  @Override
  public V peek(long key) {
    return null;
  }

  @Override
  public V named(String name) {
    return null;
  }

  @Override
  public void name(long key, String name, V value) {
    Objects.requireNonNull(value, "value");
  }

  @Override
  public long readStamp(long key) {
    return 0;
  }

  @Override
  public void fill(long key, V value, long readStamp) {
    Objects.requireNonNull(value, "value");
  }

  @Override
  public void beginWrite(long key) {
    ensureOpen();
  }

  @Override
  public void endWrite(long key, V newValueOrNull) {
    ensureOpen();
  }

  @Override
  public void abortWrite(long key) {
    ensureOpen();
  }

  @Override
  public void invalidate(long key) {
    ensureOpen();
  }

  @Override
  public void clear() {
    ensureOpen();
  }

  @Override
  public void resize(long maximumWeightBytes) {
    ensureOpen();
    if (maximumWeightBytes < 0) {
      throw new IllegalArgumentException("maximum weight is negative: " + maximumWeightBytes);
    }
  }

  @Override
  public CacheStats stats() {
    return new CacheStats(0, misses.sum(), 0, 0, 0, 0, 0, 0);
  }

  @Override
  public void close() {
    closed = true;
  }

  private void ensureOpen() {
    if (closed) {
      throw new IllegalStateException("cache is closed");
    }
  }
}
