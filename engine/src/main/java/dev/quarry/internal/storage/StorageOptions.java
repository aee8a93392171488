package dev.quarry.internal.storage;

/**
 * What the storage is opened with.
 *
 * @param blockCacheBytes native memory for uncompressed blocks
 * @param writeBufferBytes native memory for memtables
 * @param create whether to create what is missing
 */
public record StorageOptions(long blockCacheBytes, long writeBufferBytes, boolean create) {}
