package dev.quarry.cache;

import java.util.function.ToIntFunction;

/**
 * A cache of decoded, immutable records by ordinal, bounded by weight, in front of a store that has
 * one committer and many readers.
 *
 * <p><b>What it promises.</b> After {@link #beginWrite} returned, no {@link #get} and no {@link
 * #named} returns the value that the key had before; after {@link #endWrite} returned, they return
 * the new value or nothing. A reader that was slow between the store and {@link #fill} never brings
 * an old value back, not even when the newer one has been evicted meanwhile.
 *
 * <p><b>How it is used.</b> A reader:
 *
 * <pre>{@code
 * V value = cache.get(key);
 * if (value == null) {
 *   long stamp = cache.readStamp(key);   // before the store is read
 *   value = store.read(key);
 *   if (value != null) cache.fill(key, value, stamp);
 * }
 * }</pre>
 *
 * The committer: {@link #beginWrite} for every key of the batch before the commit can become
 * visible, then for every key either {@link #endWrite} after the commit or {@link #abortWrite} if
 * it failed. Each begin needs exactly one end or abort, or the stripe of the key takes no fills.
 *
 * <p><b>Threads.</b> All methods may be called from any thread; writes of one key must not overlap.
 * {@code get}, {@code peek}, {@code named}, {@code name}, {@code readStamp} and {@code fill} take
 * no lock: no monitor, no {@code java.util.concurrent} lock, not even a try-lock; they neither wait
 * for a writer nor for the cache's own upkeep. The other methods may wait briefly for each other
 * and for the thread {@code quarry-cache-fill}, never for caller's code.
 *
 * <p><b>Bound.</b> The weight of the entries stays within 5 % above the maximum at any moment. A
 * record heavier than 1/64 of the maximum is not cached, so that one record cannot break the bound
 * or flush the rest. Fills that wait in the queue hold at most a further 1/128 of the maximum.
 *
 * @param <V> type of the records; they must be immutable, since all readers share them
 */
public interface RecordCache<V> extends AutoCloseable {

  /**
   * Opens an empty cache and starts its thread, a daemon, which ends at {@link #close} or some
   * seconds after the cache became unreachable.
   *
   * @param maximumWeightBytes limit of the sum of all weights, in bytes; 0 keeps nothing
   * @param weigher bytes that a record occupies on the heap, at least 0; the cache adds its own
   *     overhead per entry. Called in the thread that fills or writes; must be fast, pure and hold
   *     no reference to the cache, which would keep the cache reachable
   * @throws IllegalArgumentException if the maximum is negative
   */
  static <V> RecordCache<V> create(long maximumWeightBytes, ToIntFunction<? super V> weigher) {
    return BoundedRecordCache.start(maximumWeightBytes, weigher);
  }

  /**
   * A cache that never holds anything, starts no thread and has a maximum weight of 0, which {@link
   * #resize} does not change. It counts its misses.
   */
  static <V> RecordCache<V> disabled() {
    return new DisabledRecordCache<>();
  }

  /**
   * The record of the key, or null if it is not cached, is being written, or the cache is closed.
   *
   * <p>Counts one hit or one miss. Lock-free; costs one hash look-up and allocates the boxed key.
   */
  V get(long key);

  /**
   * As {@link #get}, but counts nothing and does not make the record count as used: for who looks
   * on behalf of no reader.
   */
  V peek(long key);

  /**
   * The record that was given this name, or null if none is known, its key has been written since,
   * or the cache is closed. Null says nothing of the key: ask by it then.
   *
   * <p>Counts a hit, and no miss. Lock-free; costs a look at two slots and allocates nothing.
   */
  V named(String name);

  /**
   * Says that the record that {@link #get} just returned for the key goes by a name, so that {@link
   * #named} may find it. Remembered if the key is read again and again, in place of another's name.
   *
   * <p>A name belongs to one key for ever; the caller answers for that. Lock-free. Beside the
   * maximum weight, names take about a fiftieth of it and the texts of the names, and never hold a
   * record that has left the cache.
   */
  void name(long key, String name, V value);

  /**
   * The mark that a reader takes before it reads the record from the store, to be given to {@link
   * #fill}. Where the store is read through an iterator or a snapshot, it must be taken before that
   * is opened.
   *
   * <p>Wait-free: one volatile read. Meaningless outside of this cache instance.
   */
  long readStamp(long key);

  /**
   * Offers a record that was read from the store after a miss.
   *
   * <p>Returns at once; another thread inserts the record, usually within a millisecond. It is
   * dropped, and counted, if a write to the key began or ended since the stamp, or if the queue is
   * full. A present value is never replaced. After {@link #close} it does nothing. Wait-free but
   * for the wake-up of a sleeping thread.
   *
   * @param readStamp what {@link #readStamp} returned for this key before the store was read
   * @throws IllegalArgumentException if the weigher gives a negative weight; nothing is cached.
   *     What the weigher throws is passed on likewise
   */
  void fill(long key, V value, long readStamp);

  /**
   * Announces a write of the key: hides its cached value and refuses every fill whose store read
   * may be older than the write, until {@link #endWrite} or {@link #abortWrite}.
   *
   * <p>To be called before the commit can become visible. Costs one atomic addition and one
   * look-up.
   *
   * @throws IllegalStateException if the cache is closed, or more than 16 million writes are open
   *     in one stripe; nothing was begun then
   */
  void beginWrite(long key);

  /**
   * Ends a write whose commit is visible: from now on gets see the new value, or nothing.
   *
   * @param newValueOrNull the committed record; null if it was deleted or is not worth caching
   * @throws IllegalStateException if the cache is closed or no write of this stripe is open
   * @throws IllegalArgumentException if the weigher gives a negative weight; the write has ended
   *     and nothing is cached for the key. What the weigher throws is passed on likewise
   */
  void endWrite(long key, V newValueOrNull);

  /**
   * Ends a write whose commit failed. The entry is removed, so the next read asks the store.
   *
   * @throws IllegalStateException if the cache is closed or no write of this stripe is open
   */
  void abortWrite(long key);

  /**
   * Removes the key. Fills whose stamp is older are refused; hits after return need a fill or a
   * write that came later.
   *
   * @throws IllegalStateException if the cache is closed
   */
  void invalidate(long key);

  /**
   * Removes all keys, as {@link #invalidate} does each. Costs time proportional to the entries.
   *
   * @throws IllegalStateException if the cache is closed
   */
  void clear();

  /**
   * Sets the limit. Growing is immediate; shrinking evicts before it returns, the least used first.
   *
   * @param maximumWeightBytes limit of the sum of all weights, in bytes; 0 keeps nothing
   * @throws IllegalArgumentException if the maximum is negative
   * @throws IllegalStateException if the cache is closed
   */
  void resize(long maximumWeightBytes);

  /** The counters and the present size. Lock-free; also after close, then with no entries. */
  CacheStats stats();

  /**
   * Releases all entries and ends the thread, waiting for it. Idempotent. Afterwards gets return
   * null, fills do nothing, writes throw {@link IllegalStateException}.
   */
  @Override
  void close();
}
