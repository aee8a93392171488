package dev.quarry;

import java.nio.file.Path;
import java.util.List;

/**
 * What lies in a store's directory, read without opening it for writing and without changing it; of
 * a damaged store, what can still be read.
 *
 * @param directory the directory
 * @param format text of the format file, one line
 * @param holder who holds the store open, or empty
 * @param database {@code readable}, or why RocksDB cannot open it
 * @param sequence last commit, -1 where unknown
 * @param nextOrdinal ordinal of the next new task, -1 where unknown
 * @param tasks tasks by the store's own count, -1 where unknown
 * @param families column families, empty where the database cannot be opened
 * @param files every SST file, read one by one
 * @param indexes indexes of the catalog
 * @param offHeap files of the off-heap index
 * @param problems what is wrong
 */
public record StoreInspection(
    Path directory,
    String format,
    String holder,
    String database,
    long sequence,
    long nextOrdinal,
    long tasks,
    List<StoreStats.Family> families,
    List<SstFile> files,
    List<IndexInfo> indexes,
    List<OffHeapFile> offHeap,
    List<String> problems) {
  /** Copies the lists. */
  public StoreInspection {
    families = List.copyOf(families);
    files = List.copyOf(files);
    indexes = List.copyOf(indexes);
    offHeap = List.copyOf(offHeap);
    problems = List.copyOf(problems);
  }

  /**
   * An SST file.
   *
   * @param name file name
   * @param family column family, empty where unknown
   * @param level level of the tree, -1 where unknown
   * @param bytes size on the device
   * @param rawBytes keys and values before compression
   * @param entries entries, tombstones among them
   * @param deletions tombstones
   * @param compression name of the compression
   * @param smallestKey first key in hex, empty where unknown
   * @param largestKey last key in hex, empty where unknown
   * @param checksums {@code ok}, or what is wrong
   */
  public record SstFile(
      String name,
      String family,
      int level,
      long bytes,
      long rawBytes,
      long entries,
      long deletions,
      String compression,
      String smallestKey,
      String largestKey,
      String checksums) {}

  /**
   * A file of the off-heap index.
   *
   * @param name file name
   * @param bytes apparent size; the files are sparse
   */
  public record OffHeapFile(String name, long bytes) {}
}
