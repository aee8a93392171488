package dev.quarry.internal.memory;

import dev.quarry.index.PostingIndex;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.NativeMemory;
import dev.quarry.internal.storage.Storage;

/** The memory of one store. Measuring is thread-safe. */
public final class StoreMemory implements Governed {
  private final Storage storage;
  private final NativeMemory outside;
  private final RecordReader reader;
  private final PostingIndex index;

  /** Of a store with these parts; {@code index} is null where there is none. */
  public StoreMemory(Storage storage, RecordReader reader, PostingIndex index) {
    this.storage = storage;
    this.outside = storage.memory();
    this.reader = reader;
    this.index = index;
  }

  @Override
  public MemoryUse use() {
    long blocks = outside.blockBytes();
    return new MemoryUse(
        reader.stats().weightBytes(),
        index == null ? 0 : index.stats().bytes(),
        blocks,
        Math.min(blocks, outside.pinnedBytes()),
        outside.memtableBytes(),
        outside.tableBytes());
  }

  @Override
  public long evictions() {
    return reader.stats().evictions();
  }

  @Override
  public void limitRecords(long bytes) {
    reader.limitCache(bytes);
  }

  @Override
  public void limitBlocks(long bytes) {
    outside.limitBlocks(bytes);
  }

  @Override
  public void flush() {
    storage.flush();
  }
}
