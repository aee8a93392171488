package dev.quarry.internal.memory;

/**
 * What a store holds, in bytes.
 *
 * @param records record cache, on the heap
 * @param index off-heap index, mapped
 * @param blocks uncompressed blocks of RocksDB
 * @param pinned of {@code blocks}, those that no eviction frees
 * @param memtables what has been written and not yet flushed
 * @param tables open files beside the blocks
 */
public record MemoryUse(
    long records, long index, long blocks, long pinned, long memtables, long tables) {
  /** All of it. */
  public long sum() {
    return records + index + blocks + memtables + tables;
  }

  /** What nothing here can give back. */
  long fixed() {
    return index + tables + pinned;
  }
}
