package dev.quarry.cache;

import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/** The cache's life cycle: an open core and, except in tests, the thread that serves it. */
final class BoundedRecordCache<V> implements RecordCache<V> {
  private final CacheCore<V> core;
  private final FillWorker worker;
  private final ReentrantLock lifecycle = new ReentrantLock();
  private volatile boolean closed;

  private BoundedRecordCache(
      long maximumWeightBytes, ToIntFunction<? super V> weigher, OptionalLong sleepNanos) {
    core = new CacheCore<>(maximumWeightBytes, Objects.requireNonNull(weigher, "weigher"));
    worker = sleepNanos.isPresent() ? new FillWorker(core, this, sleepNanos.getAsLong()) : null;
  }

  static <V> BoundedRecordCache<V> start(
      long maximumWeightBytes, ToIntFunction<? super V> weigher) {
    return start(maximumWeightBytes, weigher, FillWorker.SLEEP_NANOS);
  }

  /** For tests: with a thread that, if nobody wakes it, sleeps this long. */
  static <V> BoundedRecordCache<V> start(
      long maximumWeightBytes, ToIntFunction<? super V> weigher, long sleepNanos) {
    BoundedRecordCache<V> cache =
        new BoundedRecordCache<>(maximumWeightBytes, weigher, OptionalLong.of(sleepNanos));
    // here and not at the first fill, because starting a thread takes locks
    cache.worker.start();
    return cache;
  }

  /** For tests: a cache without a thread, whose queues move only in {@link #drain}. */
  static <V> BoundedRecordCache<V> manual(
      long maximumWeightBytes, ToIntFunction<? super V> weigher) {
    return new BoundedRecordCache<>(maximumWeightBytes, weigher, OptionalLong.empty());
  }

  @Override
  public V get(long key) {
    if (closed) {
      core.countMiss();
      return null;
    }
    V value = core.get(CacheCore.boxed(key));
    if (value != null) {
      noteAccess(key);
    }
    return value;
  }

  @Override
  public V peek(long key) {
    return closed ? null : core.peek(CacheCore.boxed(key));
  }

  @Override
  public V named(String name) {
    Names.Named<V> found = closed ? null : core.named(name);
    V value = found == null ? null : found.entry().valueIfLive();
    if (value != null) {
      core.countHit();
      noteAccess(found.key());
    }
    return value;
  }

  @Override
  public void name(long key, String name, V value) {
    Objects.requireNonNull(value, "value");
    if (!closed) {
      core.name(key, name, value);
    }
  }

  @Override
  public long readStamp(long key) {
    return core.stamp(key);
  }

  @Override
  public void fill(long key, V value, long readStamp) {
    Objects.requireNonNull(value, "value");
    if (!closed && core.offer(key, value, readStamp)) {
      wake(core.isQueueHalfFull());
    }
  }

  @Override
  public void beginWrite(long key) {
    ensureOpen();
    core.beginWrite(key);
  }

  @Override
  public void endWrite(long key, V newValueOrNull) {
    ensureOpen();
    core.endWrite(key, newValueOrNull);
  }

  @Override
  public void abortWrite(long key) {
    ensureOpen();
    core.endWrite(key, null);
  }

  @Override
  public void invalidate(long key) {
    ensureOpen();
    core.invalidate(key);
  }

  @Override
  public void clear() {
    ensureOpen();
    core.clear();
  }

  @Override
  public void resize(long maximumWeightBytes) {
    lifecycle.lock();
    try {
      ensureOpen();
      core.resize(maximumWeightBytes);
    } finally {
      lifecycle.unlock();
    }
  }

  @Override
  public CacheStats stats() {
    return core.stats();
  }

  @Override
  public void close() {
    lifecycle.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (worker != null) {
        worker.stop();
      }
      // makes queued fills stale, then lets go of them
      core.clear();
      core.drain();
    } finally {
      lifecycle.unlock();
    }
  }

  /** For tests without a thread: does all that is queued. */
  void drain() {
    while (core.hasWork()) {
      core.drain();
    }
  }

  CacheCore<V> core() {
    return core;
  }

  Thread thread() {
    return worker.thread();
  }

  /** For tests: whether the thread waits to be woken. */
  boolean isThreadSleeping() {
    return worker.isSleeping();
  }

  private void noteAccess(long key) {
    if (!core.noteAccess(key)) {
      wake(false);
    }
  }

  private void wake(boolean urgent) {
    if (worker != null) {
      worker.wake(urgent);
    }
  }

  private void ensureOpen() {
    if (closed) {
      throw new IllegalStateException("cache is closed");
    }
  }
}
