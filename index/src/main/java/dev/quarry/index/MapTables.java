package dev.quarry.index;

import net.openhft.chronicle.algo.hashing.LongHashFunction;
import net.openhft.chronicle.hash.impl.CompactOffHeapLinearHashTable;
import net.openhft.chronicle.hash.impl.VanillaChronicleHash;
import net.openhft.chronicle.map.VanillaChronicleMap;
import org.agrona.UnsafeApi;

/**
 * What Chronicle keeps in a file beside the entries: a lock and counters, the slots that lead to
 * the entries, and a bit for each chunk that is in use. Chronicle believes all of it, so that a bit
 * that has turned may lead it out of the mapped memory, or let it write a new entry over another.
 * Here it is compared with the entries. Of no use while somebody writes.
 */
final class MapTables {
  private static final int LOCK = 0;
  private static final int ENTRIES = 8;
  private static final int LOWEST_FREE = 12;
  private static final int NEXT_TIER = 16;
  private static final int DELETED = 24;
  private static final long UNSIGNED = 0xFFFF_FFFFL;

  private final CompactOffHeapLinearHashTable slots;
  private final long slotCount;
  private final long header;
  private final long tier;
  private final long freeList;
  private final long entrySpace;
  private final int chunkBytes;
  private final int chunksPerEntry;
  private final long chunks;
  private final long[] used;

  /** Of an open map with one segment, whose header is whole. */
  MapTables(VanillaChronicleMap<Long, byte[], ?> map) {
    slots = map.hashLookup;
    slotCount = map.tierHashLookupCapacity;
    header = map.bsAddress() + map.segmentHeadersOffset;
    tier = map.bsAddress() + map.sizeInBytesWithoutTiers() - map.tierSize;
    freeList = tier + map.tierHashLookupOuterSize + VanillaChronicleHash.TIER_COUNTERS_AREA_SIZE;
    entrySpace = freeList + map.tierFreeListOuterSize + map.tierEntrySpaceInnerOffset;
    chunkBytes = (int) map.chunkSize;
    chunksPerEntry = map.maxChunksPerEntry;
    chunks = map.actualChunksPerSegmentTier;
    used = new long[(int) ((chunks + Long.SIZE - 1) / Long.SIZE)];
  }

  /** Whether the tables say of the entries what these are, and nothing of anything else. */
  boolean areWhole() {
    return UnsafeApi.getLong(header + LOCK) == 0
        && UnsafeApi.getLong(header + NEXT_TIER) == 0
        && UnsafeApi.getInt(header + DELETED) == 0
        && (UnsafeApi.getInt(header + LOWEST_FREE) & UNSIGNED) <= chunks
        && entries() == (UnsafeApi.getInt(header + ENTRIES) & UNSIGNED)
        && isFreeListWhole();
  }

  /** The number of entries; -1 where a slot leads to none, or to one that another leads to. */
  private long entries() {
    long found = 0;
    long at = 0;
    for (long i = 0; i < slotCount; i++) {
      long slot = slots.readEntry(tier, at);
      if (!slots.empty(slot)) {
        if (!take(slot)) {
          return -1;
        }
        found++;
      }
      at = slots.step(at);
    }
    return found;
  }

  /** Marks the chunks of a slot's entry; false where there is no such entry. */
  private boolean take(long slot) {
    long first = slots.value(slot);
    if (first >= chunks) {
      return false;
    }
    long entry = entrySpace + first * chunkBytes;
    long hash = LongHashFunction.xx_r39().hashLong(UnsafeApi.getLong(entry));
    long taken = EntryFile.chunksFor(valueBytes(entry + Long.BYTES), chunkBytes);
    if (slots.key(slot) != slots.maskUnsetKey(hash)
        || taken > chunksPerEntry
        || first + taken > chunks) {
      return false;
    }
    for (long chunk = first; chunk < first + taken; chunk++) {
      long bit = 1L << chunk;
      int word = (int) (chunk / Long.SIZE);
      if ((used[word] & bit) != 0) {
        return false;
      }
      used[word] |= bit;
    }
    return true;
  }

  /** A size of 28 bits at most, 7 to a byte, the low ones first; all but the last are negative. */
  private static long valueBytes(long at) {
    long bytes = 0;
    for (int i = 0; i < 4; i++) {
      byte next = UnsafeApi.getByte(at + i);
      bytes |= (next & 0x7FL) << (7 * i);
      if (next >= 0) {
        return bytes;
      }
    }
    return Integer.MAX_VALUE; // more than an entry takes
  }

  private boolean isFreeListWhole() {
    for (int word = 0; word < used.length; word++) {
      if (UnsafeApi.getLong(freeList + 8L * word) != used[word]) {
        return false;
      }
    }
    return true;
  }
}
