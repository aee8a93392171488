package dev.quarry.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/**
 * The entries, the stamps and the queues: all of the cache but its thread and its life cycle.
 *
 * <p><b>No stale value.</b> A fill and a write meet in two words, the stamp of the stripe and the
 * state of the entry, each side writing one before it reads the other. The fill inserts its entry
 * hidden, then checks the stamp, then publishes the entry with a compare-and-set. The write changes
 * the stamp, then looks the entry up, then retires it. If the look-up came before the insertion,
 * the check sees the changed stamp; if it came after, the entry is retired, and either it was
 * published before, or it never is. So no old value is visible once {@code beginWrite} returned.
 * The fill inserts only where no entry is, so it never covers a newer one; if that has been
 * evicted, the check fails all the same, because the stamp does not return to an old value.
 *
 * <p><b>No lock in readers.</b> Caffeine's {@code getIfPresent} may drain its buffers: it takes the
 * eviction lock with {@code tryLock} and gives the work to the executor while it holds it. Readers
 * therefore use the quiet look-up, which is a plain {@code ConcurrentHashMap.get}, and note the
 * access in a log of our own; {@link #drain} repeats it to the policy. Caffeine's {@code put} and
 * {@code compute} hold a bin's monitor, so fills are inserted by {@link #drain} too. Caffeine's
 * executor runs work in the calling thread, which is never a reader. No caller's code runs under
 * any of these locks: weights are taken beforehand.
 */
final class CacheCore<V> {
  /**
   * Heap bytes of an entry beside the record, with compressed references: boxed key 16 or 24, this
   * package's entry 24, the map's node 32 and share of the table 8, Caffeine's node 40, its share
   * of the frequency sketch 8.
   */
  static final int ENTRY_OVERHEAD_BYTES = 136;

  private static final int PRIMER_WEIGHT = 1;
  private static final int QUEUE_CAPACITY = 4_096;
  private static final int RECORD_SHARE = 64;
  private static final int QUEUE_SHARE = 128;
  private static final int SLACK_SHARE = 128;

  /**
   * Of a full cache: fills that wait for the next round, so that they take little of a processor.
   */
  private static final int FULL_QUEUE_SHARE = 512;

  private static final int FULL_SHARE = 64;
  // leaves room to add without overflow
  private static final long LARGEST_MAXIMUM = 1L << 61;

  private final ToIntFunction<? super V> weigher;
  private final WriteStamps stamps = new WriteStamps();
  private final Names<V> names;
  private final LossyRing<Fill<V>> fills = new LossyRing<>(QUEUE_CAPACITY);
  private final Doorkeeper doorkeeper;
  private final AccessLog accesses = new AccessLog(Runtime.getRuntime().availableProcessors());
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicLong weightBytes = new AtomicLong();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder staleFills = new LongAdder();
  private final LongAdder droppedFills = new LongAdder();
  private final ReentrantLock making = new ReentrantLock();
  private volatile long maximum;

  /** Null until something is put: loading Caffeine's classes is a tenth of a store's opening. */
  private volatile Held<V> held;

  private record Held<V>(Cache<Number, Entry<V>> entries, Policy<Number, Entry<V>> policy) {}

  CacheCore(long maximumWeightBytes, ToIntFunction<? super V> weigher) {
    this.weigher = weigher;
    this.maximum = checkMaximum(maximumWeightBytes);
    this.doorkeeper = new Doorkeeper(maximum);
    this.names = new Names<>(maximum, stamps);
  }

  /** What is held, made if need be; never in a reader. */
  private Held<V> made() {
    Held<V> there = held;
    if (there != null) {
      return there;
    }
    making.lock();
    try {
      if (held == null) {
        held = make();
      }
      return held;
    } finally {
      making.unlock();
    }
  }

  /**
   * Primes the policy, too, so that it follows accesses from the start. Left alone it ignores them
   * until it is half full, and a cache shrunk before that would keep the entries inserted last, not
   * the hottest.
   */
  private Held<V> make() {
    Cache<Number, Entry<V>> entries =
        Caffeine.newBuilder()
            .maximumWeight(PRIMER_WEIGHT)
            .weigher((Number key, Entry<V> entry) -> entry.weight())
            .executor(Runnable::run)
            .removalListener(this::removed)
            .build();
    weightBytes.addAndGet(PRIMER_WEIGHT);
    entries.put(0, Entry.live(null, PRIMER_WEIGHT));
    entries.cleanUp();
    entries.invalidate(0);
    entries.cleanUp();
    entries.policy().eviction().orElseThrow().setMaximum(maximum);
    return new Held<>(entries, entries.policy());
  }

  /** The entry, whatever its state, or null; notes no access and takes no lock. */
  private Entry<V> entry(Number key) {
    Held<V> there = held;
    return there == null ? null : there.policy.getIfPresentQuietly(key);
  }

  /** The key as an object: the smallest, since each look-up makes one. */
  static Number boxed(long key) {
    int small = (int) key;
    if (small == key) {
      return small;
    }
    return key;
  }

  // ---- readers ----

  /** The visible value or null; counts nothing. */
  V peek(Number key) {
    Entry<V> entry = entry(key);
    return entry == null ? null : entry.valueIfLive();
  }

  /** The visible value or null; counts. */
  V get(Number key) {
    V value = peek(key);
    if (value == null) {
      misses.increment();
      return null;
    }
    hits.increment();
    return value;
  }

  /** What a name leads to, or null; counts nothing. */
  Names.Named<V> named(String name) {
    return names.find(name);
  }

  /** Remembers the name of a value that a look-up by key has found, if it is asked for often. */
  void name(long key, String name, V value) {
    if (!names.isWanted(key)) {
      return;
    }
    long stamp = stamps.stamp(key); // before the look-up: see Names
    if (!stamps.isCurrent(key, stamp)) {
      return; // it is being written
    }
    Entry<V> entry = entry(boxed(key));
    if (entry != null && entry.valueIfLive() == value) {
      names.put(new Names.Named<>(name, key, stamp, entry));
    }
  }

  /** Notes a hit for the policy; false if the log was full, so that the drain is due. */
  boolean noteAccess(long key) {
    return accesses.note(key);
  }

  void countHit() {
    hits.increment();
  }

  void countMiss() {
    misses.increment();
  }

  long stamp(long key) {
    return stamps.stamp(key);
  }

  /** Queues a fill; false if it was refused or dropped. */
  boolean offer(long key, V value, long stamp) {
    if (!stamps.isCurrent(key, stamp)) {
      staleFills.increment();
      return false;
    }
    boolean full = isFull();
    if (full && !doorkeeper.isKnown(key)) {
      droppedFills.increment();
      return false;
    }
    int weight = weigh(value);
    if (isTooHeavy(weight)) {
      droppedFills.increment();
      return false;
    }
    long queued = queuedBytes.addAndGet(weight);
    // a lone fill always passes, however small the share
    boolean fits = queued <= maximum / (full ? FULL_QUEUE_SHARE : QUEUE_SHARE) || queued == weight;
    if (!fits || !fills.offer(new Fill<>(boxed(key), Entry.hidden(value, weight), stamp))) {
      queuedBytes.addAndGet(-weight);
      droppedFills.increment();
      return false;
    }
    return true;
  }

  /** Whether the queue should be emptied before the fill thread's next round. */
  boolean isQueueHalfFull() {
    return queuedBytes.get() > maximum / QUEUE_SHARE / 2;
  }

  private boolean isFull() {
    return weightBytes.get() >= maximum - maximum / FULL_SHARE;
  }

  // ---- the committer ----

  void beginWrite(long key) {
    stamps.begin(key);
    VarHandle.fullFence();
    Entry<V> entry = entry(boxed(key));
    if (entry != null) {
      entry.retire();
    }
  }

  void endWrite(long key, V newValueOrNull) {
    stamps.requireOpen(key);
    Number boxed = boxed(key);
    boolean stored = false;
    try {
      stored = newValueOrNull != null && store(boxed, newValueOrNull);
    } finally {
      try {
        if (!stored) {
          remove(boxed);
        }
      } finally {
        stamps.finish(key);
      }
    }
  }

  private boolean store(Number key, V value) {
    int weight = weigh(value);
    if (isTooHeavy(weight)) {
      return false;
    }
    Held<V> there = made();
    reserve(weight);
    there.entries.put(key, Entry.live(value, weight));
    return true;
  }

  void invalidate(long key) {
    stamps.expire(key);
    VarHandle.fullFence();
    remove(boxed(key));
  }

  void clear() {
    stamps.expireAll();
    names.clear();
    VarHandle.fullFence();
    Held<V> there = held;
    if (there != null) {
      there.entries.invalidateAll();
      there.entries.cleanUp();
    }
  }

  void resize(long maximumWeightBytes) {
    long checked = checkMaximum(maximumWeightBytes);
    making.lock();
    try {
      maximum = checked;
      if (held != null) {
        held.policy.eviction().orElseThrow().setMaximum(checked);
        held.entries.cleanUp();
      }
    } finally {
      making.unlock();
    }
  }

  // ---- the fill thread ----

  /** Does what has been queued, at most one round of each queue; returns how much that was. */
  int drain() {
    int done = accesses.replay(this::repeatAccess);
    for (int i = 0; i < QUEUE_CAPACITY; i++) {
      Fill<V> fill = fills.poll();
      if (fill == null) {
        break;
      }
      done++;
      queuedBytes.addAndGet(-fill.entry().weight());
      apply(fill);
    }
    Held<V> there = held;
    if (done > 0 && there != null) {
      there.entries.cleanUp();
    }
    return done;
  }

  boolean hasWork() {
    return !fills.isEmpty() || !accesses.isEmpty();
  }

  private void repeatAccess(long key) {
    Entry<V> unused = made().entries.getIfPresent(boxed(key));
  }

  private void apply(Fill<V> fill) {
    try {
      if (insertHidden(fill)) {
        publish(fill);
      }
    } catch (RuntimeException | Error e) {
      // nothing of ours throws here; out of memory must not end the thread nor leave a hidden entry
      droppedFills.increment();
      Held<V> there = held;
      if (there != null) {
        there.entries.asMap().remove(fill.key(), fill.entry());
      }
    }
  }

  /** First half of a fill; false if there is nothing to publish. */
  boolean insertHidden(Fill<V> fill) {
    if (!stamps.isCurrent(fill.key().longValue(), fill.stamp())) {
      staleFills.increment();
      return false;
    }
    int weight = fill.entry().weight();
    if (isTooHeavy(weight)) {
      droppedFills.increment();
      return false;
    }
    Held<V> there = made();
    reserve(weight);
    if (there.entries.asMap().putIfAbsent(fill.key(), fill.entry()) != null) {
      weightBytes.addAndGet(-weight);
      return false;
    }
    return true;
  }

  /** Second half of a fill. */
  void publish(Fill<V> fill) {
    VarHandle.fullFence();
    if (!stamps.isCurrent(fill.key().longValue(), fill.stamp()) || !fill.entry().publish()) {
      staleFills.increment();
      made().entries.asMap().remove(fill.key(), fill.entry());
    }
  }

  // ---- weight and counters ----

  CacheStats stats() {
    Held<V> there = held;
    return new CacheStats(
        hits.sum(),
        misses.sum(),
        evictions.sum(),
        staleFills.sum(),
        droppedFills.sum(),
        there == null ? 0 : there.entries.estimatedSize(),
        weightBytes.get(),
        maximum);
  }

  /** For tests: the map itself, to hold its monitors and to weigh it. */
  Cache<Number, Entry<V>> entries() {
    return made().entries;
  }

  private int weigh(V value) {
    int weight = weigher.applyAsInt(value);
    if (weight < 0) {
      throw new IllegalArgumentException("weigher gave a negative weight: " + weight);
    }
    return (int) Math.min(Integer.MAX_VALUE, (long) weight + ENTRY_OVERHEAD_BYTES);
  }

  private boolean isTooHeavy(int weight) {
    return weight > maximum / RECORD_SHARE;
  }

  /** Counts an insertion to come and makes room if upkeep lags behind. */
  private void reserve(int weight) {
    long limit = maximum;
    if (weightBytes.addAndGet(weight) > limit + limit / SLACK_SHARE) {
      made().entries.cleanUp();
    }
  }

  private void remove(Number key) {
    // the look-up spares the monitor; an entry inserted after it fails its check
    if (entry(key) != null) {
      made().entries.invalidate(key);
    }
  }

  private void removed(Number key, Entry<V> entry, RemovalCause cause) {
    entry.release();
    weightBytes.addAndGet(-entry.weight());
    if (cause.wasEvicted()) {
      evictions.increment();
    }
  }

  private static long checkMaximum(long maximumWeightBytes) {
    if (maximumWeightBytes < 0) {
      throw new IllegalArgumentException("maximum weight is negative: " + maximumWeightBytes);
    }
    return Math.min(maximumWeightBytes, LARGEST_MAXIMUM);
  }
}
