/**
 * The cache of decoded records: immutable values by ordinal, bounded by weight in bytes, never
 * older than the last finished write.
 *
 * <p>{@link dev.quarry.cache.RecordCache} is the whole surface. The package knows neither what a
 * record is nor where it is stored; Caffeine, which decides what stays, is not visible outside.
 */
package dev.quarry.cache;
