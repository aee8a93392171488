package dev.quarry.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.VanillaChronicleMap;
import org.agrona.BufferUtil;

/**
 * One file of entries: a Chronicle Map from a number to bytes. Chronicle gives space, persistence
 * and look-up at open; in between, an entry's memory is read and edited at its address, which stays
 * the same until the entry is removed, and stays mapped until the file is closed. Never handed a
 * value for a key that is present, so Chronicle never moves an entry. One thread at a time.
 *
 * <p>Where a list says what entries a file holds, the file is mapped as it is, and Chronicle opens
 * it, a second time, when the first entry is to be added or removed: starting Chronicle takes
 * longer than all else of an open. Both mappings are of the same pages, so an entry has the same
 * content in both; its address stays in the one in which it was found or made.
 */
final class EntryFile {
  /** Entries start with the key and the value's size, padded so that the value is aligned. */
  static final int ENTRY_OVERHEAD_BYTES = 16;

  private static final long FULL_PERCENT = 88;

  private final Path path;
  private final Size size;

  /** The file as it is and what is in it; null where Chronicle opened the file at once. */
  private MappedByteBuffer mapped;

  private EntryList list;

  /** Null before Chronicle has opened the file. */
  private ChronicleMap<Long, byte[]> map;

  private long usedChunks;
  private long usedEntries;

  /** Null before Chronicle has opened the file. */
  private Backing backing;

  /** Where in the file the last of all entries that ever were ends. */
  private long end;

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
    this(path, size, null);
    map = openMap();
    try {
      startBacking();
    } catch (RuntimeException e) {
      map.close();
      throw e;
    }
  }

  /** A file that exists and holds the entries of the list. */
  static EntryFile listed(Path path, Size size, EntryList list) throws IOException {
    EntryFile file = new EntryFile(path, size, list);
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (channel.size() > Integer.MAX_VALUE) {
        return new EntryFile(path, size); // more than the platform maps in one piece
      }
      file.mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
    }
    return file;
  }

  private EntryFile(Path path, Size size, EntryList list) {
    this.path = path;
    this.size = size;
    this.list = list;
    this.chunkLimit = size.chunks * FULL_PERCENT / 100;
  }

  private ChronicleMap<Long, byte[]> openMap() throws IOException {
    ChronicleRuntime.start();
    return ChronicleMapBuilder.of(Long.class, byte[].class)
        .name("quarry")
        .averageValueSize(size.chunkBytes)
        .actualSegments(1)
        .entriesPerSegment(size.entries)
        .actualChunkSize(size.chunkBytes)
        .actualChunksPerSegmentTier(size.chunks)
        .maxChunksPerEntry(size.chunksPerEntry)
        .allowSegmentTiering(false) // else a file of gaps grows, where no room is given ahead
        .entryAndValueOffsetAlignment(Long.BYTES)
        .checksumEntries(false)
        .putReturnsNull(true)
        .removeReturnsNull(true)
        .skipCloseOnExitHook(true)
        .createPersistedTo(path.toFile());
  }

  private ChronicleMap<Long, byte[]> map() {
    if (map == null) {
      try {
        map = Apart.call(this::openMap);
      } catch (IOException e) {
        throw new UncheckedIOException("index file cannot be opened", e);
      }
      list = null; // from now on it is behind
      startBacking();
    }
    return map;
  }

  /** Its tables of entries get their room now; they are small beside the entries. */
  private void startBacking() {
    VanillaChronicleMap<Long, byte[], ?> whole = (VanillaChronicleMap<Long, byte[], ?>) map;
    backing = new Backing(path, whole.sizeInBytesWithoutTiers());
    backing.upTo(entriesStart());
  }

  /** Where in the file the entries begin, behind its tables. */
  private long entriesStart() {
    return backing.length() - size.chunks * size.chunkBytes;
  }

  /** An entry goes where there is a gap, or behind the end of all. */
  private void giveRoom(long chunks) {
    backing.skipTo(end); // also what an opened file had before
    backing.upTo(Math.max(end, entriesStart()) + (chunks + 1) * size.chunkBytes);
  }

  private long offset(long address) {
    return address - ((VanillaChronicleMap<Long, byte[], ?>) map).bsAddress();
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
    return chunksFor(valueBytes, size.chunkBytes);
  }

  /** Chunks that an entry with a value of so many bytes takes. */
  static long chunksFor(long valueBytes, int chunkBytes) {
    return (valueBytes + ENTRY_OVERHEAD_BYTES + chunkBytes - 1) / chunkBytes;
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
    ChronicleMap<Long, byte[]> opened = map();
    giveRoom(chunks);
    try (ExternalMapQueryContext<Long, byte[], ?> query = opened.queryContext(key)) {
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
      long address = address(query.entry().value());
      end = Math.max(end, offset(address) + value.length);
      return address;
    }
  }

  private static long address(Data<byte[]> value) {
    return value.bytes().addressForRead(value.offset());
  }

  /** Removes an entry; false where this file does not hold it. */
  boolean remove(long key) {
    try (ExternalMapQueryContext<Long, byte[], ?> query = map().queryContext(key)) {
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
    if (map == null) {
      long base = BufferUtil.address(mapped);
      for (int i = 0; i < list.size(); i++) {
        usedChunks += chunksFor(list.bytes(i));
        usedEntries++;
        end = Math.max(end, list.offset(i) + list.bytes(i));
        visitor.entry(list.key(i), base + list.offset(i), list.bytes(i));
      }
      return;
    }
    map.forEachEntry(
        entry -> {
          long bytes = entry.value().size();
          usedChunks += chunksFor(bytes);
          usedEntries++;
          long address = address(entry.value());
          end = Math.max(end, offset(address) + bytes);
          visitor.entry(entry.key().get(), address, bytes);
        });
  }

  /** The entries as they are now; null where they do not all lie in the file's first mapping. */
  EntryList list() {
    if (map == null) {
      return list;
    }
    VanillaChronicleMap<Long, byte[], ?> whole = (VanillaChronicleMap<Long, byte[], ?>) map;
    long base = whole.bsAddress();
    long end = whole.sizeInBytesWithoutTiers();
    EntryList now = new EntryList((int) Math.min(usedEntries, 1 << 24));
    boolean[] inside = {true};
    forEach(
        (key, address, bytes) -> {
          long offset = address - base;
          inside[0] &= offset > 0 && offset <= end - bytes;
          now.add(key, offset, bytes);
        });
    return inside[0] ? now : null;
  }

  /** Whether what Chronicle believes of the entries is so; not asked where there is a list. */
  boolean isWhole() {
    return map == null || new MapTables((VanillaChronicleMap<Long, byte[], ?>) map).areWhole();
  }

  /** How many entries it holds. */
  long entries() {
    EntryList held = list;
    return held == null ? map.longSize() : held.size();
  }

  /** Bytes of memory beside the file's own. */
  long listBytes() {
    EntryList held = list; // which the writer may let go of meanwhile
    return held == null ? 0 : held.writtenBytes();
  }

  void close() {
    if (map != null) {
      map.close();
    }
    if (mapped != null) {
      BufferUtil.free(mapped);
      mapped = null;
    }
  }
}
