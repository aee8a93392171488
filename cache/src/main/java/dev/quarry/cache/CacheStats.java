package dev.quarry.cache;

import java.util.OptionalDouble;

/**
 * Counters of one {@link RecordCache} since it was created, and its present size.
 *
 * <p>An immutable value. Each component is exact once the threads that use the cache are at rest;
 * while they run, the components are read one after the other and may belong to neighbouring
 * moments. {@code hits + misses} is the number of calls to {@link RecordCache#get} and of those to
 * {@link RecordCache#named} that found something.
 *
 * @param hits reads that found a value
 * @param misses reads that found none, also those that met a write in progress or a closed cache
 * @param evictions entries removed to respect the weight limit
 * @param rejectedStaleFills fills refused because a write to the key (or to a key of the same
 *     stripe) may have overtaken the value
 * @param droppedFills fills given up because the queue was full, the record was too heavy for the
 *     cache, or its insertion failed
 * @param entries entries held
 * @param weightBytes weight of the entries held, in bytes, overhead included
 * @param maximumWeightBytes the limit, in bytes
 */
public record CacheStats(
    long hits,
    long misses,
    long evictions,
    long rejectedStaleFills,
    long droppedFills,
    long entries,
    long weightBytes,
    long maximumWeightBytes) {

  /** Reads counted, {@code hits + misses}. */
  public long gets() {
    return hits + misses;
  }

  /** Share of reads that found a value, from 0 to 1; empty before the first read. */
  public OptionalDouble hitRate() {
    long gets = gets();
    return gets == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) hits / gets);
  }
}
