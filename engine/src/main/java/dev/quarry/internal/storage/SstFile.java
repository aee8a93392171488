package dev.quarry.internal.storage;

import java.util.HexFormat;

/**
 * A live SST file.
 *
 * @param name file name
 * @param level level of the tree
 * @param lastSequence RocksDB's number of the newest entry
 * @param bytes size
 * @param entries entries, deletions among them
 * @param deletions tombstones
 * @param smallestKey first key, in hex
 * @param largestKey last key, in hex
 */
public record SstFile(
    String name,
    int level,
    long lastSequence,
    long bytes,
    long entries,
    long deletions,
    String smallestKey,
    String largestKey) {
  SstFile(
      String name,
      int level,
      long lastSequence,
      long bytes,
      long entries,
      long deletions,
      byte[] smallest,
      byte[] largest) {
    this(
        name,
        level,
        lastSequence,
        bytes,
        entries,
        deletions,
        HexFormat.of().formatHex(smallest),
        HexFormat.of().formatHex(largest));
  }
}
