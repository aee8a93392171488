package dev.quarry.internal.storage;

/**
 * What the storage is opened with.
 *
 * @param blockCacheBytes native memory for uncompressed blocks
 * @param writeBufferBytes native memory for memtables
 * @param create whether to create what is missing
 * @param reservedBytes free space of the device below which writes are refused; 0 for none
 * @param backgroundBytesPerSecond what flushes and compactions may write in a second; 0 for any
 * @param compression of what is written from now on; any reads what another wrote
 */
public record StorageOptions(
    long blockCacheBytes,
    long writeBufferBytes,
    boolean create,
    long reservedBytes,
    long backgroundBytesPerSecond,
    Compression compression) {
  /** With the compression that stores have. */
  public StorageOptions(
      long blockCacheBytes,
      long writeBufferBytes,
      boolean create,
      long reservedBytes,
      long backgroundBytesPerSecond) {
    this(
        blockCacheBytes,
        writeBufferBytes,
        create,
        reservedBytes,
        backgroundBytesPerSecond,
        Compression.ZSTD_DICTIONARY);
  }

  /** Without a reserve, and as fast as the device is. */
  public StorageOptions(long blockCacheBytes, long writeBufferBytes, boolean create) {
    this(blockCacheBytes, writeBufferBytes, create, 0, 0);
  }
}
