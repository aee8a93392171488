package dev.quarry.internal.storage;

import org.rocksdb.ReadTier;

/**
 * Lets the reads of a point in time fail that have to ask the device, as those of one that fails.
 */
public final class FailingReads {
  private FailingReads() {}

  /** From now on, or no longer; walks that have begun go on as they were. */
  public static void of(StorageSnapshot snapshot, boolean fail) {
    snapshot.readOptions.setReadTier(fail ? ReadTier.BLOCK_CACHE_TIER : ReadTier.READ_ALL_TIER);
  }
}
