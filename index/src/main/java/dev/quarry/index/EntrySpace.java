package dev.quarry.index;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Room for entries that never runs out: a list of files, each new one larger than all before it
 * together. An entry goes into the first file that has room, so that what moving entries leave
 * behind is used again. One writer.
 */
final class EntrySpace {
  private static final long MAX_CHUNKS = 1L << 27;

  private final int chunkBytes;
  private final int chunksPerEntry;
  private final Function<EntryFile.Size, EntryFile> newFile;
  private final List<EntryFile> files = new CopyOnWriteArrayList<>();

  EntrySpace(int chunkBytes, int chunksPerEntry, Function<EntryFile.Size, EntryFile> newFile) {
    this.chunkBytes = chunkBytes;
    this.chunksPerEntry = chunksPerEntry;
    this.newFile = newFile;
  }

  /** Adds a file of so many chunks. */
  void grow(long chunks) {
    long bounded = Math.min(MAX_CHUNKS, Math.max(chunks, 4L * chunksPerEntry));
    long entries = chunksPerEntry == 1 ? bounded : bounded * 3 / 4;
    add(newFile.apply(new EntryFile.Size(entries, bounded, chunkBytes, chunksPerEntry)));
  }

  /** Adds a file that exists. */
  void add(EntryFile file) {
    files.add(file);
  }

  /** Writes a new entry and returns the address of its value. */
  long insert(long key, byte[] value) {
    for (EntryFile file : files) {
      long address = file.insert(key, value);
      if (address != 0) {
        return address;
      }
    }
    long total = 0;
    for (EntryFile file : files) {
      total += file.size().chunks();
    }
    grow(2 * total);
    long address = files.get(files.size() - 1).insert(key, value);
    if (address == 0) {
      throw new IllegalStateException("a new index file has no room for one entry");
    }
    return address;
  }

  void remove(long key) {
    for (int i = files.size() - 1; i >= 0; i--) {
      if (files.get(i).remove(key)) {
        return;
      }
    }
    throw new IllegalStateException("entry to remove is in no index file");
  }

  void forEach(EntryFile.Visitor visitor) {
    files.forEach(file -> file.forEach(visitor));
  }

  int chunkBytes() {
    return chunkBytes;
  }

  /** Chunks that an entry with a value of so many bytes takes. */
  long chunksFor(long valueBytes) {
    return EntryFile.chunksFor(valueBytes, chunkBytes);
  }

  List<EntryFile> files() {
    return files;
  }

  /** How many entries there are. */
  long entries() {
    long total = 0;
    for (EntryFile file : files) {
      total += file.entries();
    }
    return total;
  }

  long usedBytes() {
    long total = 0;
    for (EntryFile file : files) {
      total += file.usedBytes();
    }
    return total;
  }

  long listBytes() {
    long total = 0;
    for (EntryFile file : files) {
      total += file.listBytes();
    }
    return total;
  }

  void close() {
    files.forEach(EntryFile::close);
    files.clear();
  }
}
