package dev.quarry.internal.memory;

/** What the governor measures and adjusts, from one thread. */
public interface Governed {
  /** What is held now. */
  MemoryUse use();

  /** Records evicted so far. */
  long evictions();

  /** Sets the bound of the record cache, evicting the least used records. */
  void limitRecords(long bytes);

  /** Sets the bound of the block cache, evicting the least used blocks. */
  void limitBlocks(long bytes);

  /** Writes memtables to files; returns when their memory is given back. */
  void flush();
}
