package dev.quarry.index;

import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;

/**
 * One file of entries: a Chronicle Map from a number to bytes. Chronicle gives space, persistence
 * and look-up at open; in between, an entry's memory is read and edited at its address, which stays
 * the same until the entry is removed, and stays mapped until the file is closed. Never handed a
 * value for a key that is present, so Chronicle never moves an entry. One thread at a time.
 */
final class EntryFile {
  /** Entries start with the key and the value's size, padded so that the value is aligned. */
  static final int ENTRY_OVERHEAD_BYTES = 16;

  private static final long FULL_PERCENT = 88;

  private final Path path;
  private final ChronicleMap<Long, byte[]> map;
  private final Size size;
  private long usedChunks;
  private long usedEntries;

  /** Above this many chunks nothing is tried; falls when an attempt has found no room. */
  private long chunkLimit;

  /**
   * How large a file is.
   *
   * @param entries entries, at most
   * @param chunks units of space
   * @param chunkBytes bytes of a unit
   * @param chunksPerEntry units that one entry takes at most
   */
  record Size(long entries, long chunks, int chunkBytes, int chunksPerEntry) {}

  /** Receives entries. */
  @FunctionalInterface
  interface Visitor {
    void entry(long key, long address, long bytes);
  }

  /** Creates the file, or opens it where it exists; then the size has to be as it was. */
  EntryFile(Path path, Size size) throws IOException {
    this.path = path;
    this.size = size;
    this.chunkLimit = size.chunks * FULL_PERCENT / 100;
    map =
        ChronicleMapBuilder.of(Long.class, byte[].class)
            .name("quarry")
            .averageValueSize(size.chunkBytes)
            .actualSegments(1)
            .entriesPerSegment(size.entries)
            .actualChunkSize(size.chunkBytes)
            .actualChunksPerSegmentTier(size.chunks)
            .maxChunksPerEntry(size.chunksPerEntry)
            .entryAndValueOffsetAlignment(Long.BYTES)
            .checksumEntries(false)
            .putReturnsNull(true)
            .removeReturnsNull(true)
            .skipCloseOnExitHook(true)
            .createPersistedTo(path.toFile());
  }

  Path path() {
    return path;
  }

  Size size() {
    return size;
  }

  long usedBytes() {
    return usedChunks * size.chunkBytes;
  }

  private long chunksFor(long valueBytes) {
    return (valueBytes + ENTRY_OVERHEAD_BYTES + size.chunkBytes - 1) / size.chunkBytes;
  }

  /** The largest value that takes no more chunks than one of {@code bytes} does. */
  static int roundUp(int bytes, int chunkBytes) {
    return (bytes + ENTRY_OVERHEAD_BYTES + chunkBytes - 1) / chunkBytes * chunkBytes
        - ENTRY_OVERHEAD_BYTES;
  }

  /** Writes a new entry; returns the address of its value, or 0 where there is no room. */
  long insert(long key, byte[] value) {
    long chunks = chunksFor(value.length);
    if (usedChunks + chunks > chunkLimit || usedEntries >= size.entries * FULL_PERCENT / 100) {
      return 0;
    }
    try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(key)) {
      query.updateLock().lock();
      if (query.entry() != null) {
        throw new IllegalStateException("entry is present already");
      }
      try {
        query.insert(query.absentEntry(), query.wrapValueAsData(value));
      } catch (IllegalStateException noRoom) {
        // Chronicle says so when no run of free chunks is long enough: fragmentation
        chunkLimit = usedChunks - usedChunks / 8;
        return 0;
      }
      usedChunks += chunks;
      usedEntries++;
      return address(query.entry().value());
    }
  }

  private static long address(Data<byte[]> value) {
    return value.bytes().addressForRead(value.offset());
  }

  /** Removes an entry; false where this file does not hold it. */
  boolean remove(long key) {
    try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(key)) {
      query.updateLock().lock();
      if (query.entry() == null) {
        return false;
      }
      usedChunks -= chunksFor(query.entry().value().size());
      usedEntries--;
      query.remove(query.entry());
      if (usedChunks < size.chunks / 2) {
        chunkLimit = size.chunks * FULL_PERCENT / 100;
      }
      return true;
    }
  }

  /** Passes over all entries, and takes stock of the space. */
  void forEach(Visitor visitor) {
    usedChunks = 0;
    usedEntries = 0;
    map.forEachEntry(
        entry -> {
          long bytes = entry.value().size();
          usedChunks += chunksFor(bytes);
          usedEntries++;
          visitor.entry(entry.key().get(), address(entry.value()), bytes);
        });
  }

  void close() {
    map.close();
  }
}
