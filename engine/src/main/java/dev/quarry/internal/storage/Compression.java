package dev.quarry.internal.storage;

import org.rocksdb.CompressionType;

/** How blocks are compressed: above the last level and on it. */
public enum Compression {
  /** Not at all. */
  NONE(CompressionType.NO_COMPRESSION, CompressionType.NO_COMPRESSION, false),
  /** LZ4 on all levels. */
  LZ4(CompressionType.LZ4_COMPRESSION, CompressionType.LZ4_COMPRESSION, false),
  /** LZ4, and ZSTD on the last level. */
  ZSTD(CompressionType.LZ4_COMPRESSION, CompressionType.ZSTD_COMPRESSION, false),
  /** The same, with a trained dictionary for records, which are smaller than a block. */
  ZSTD_DICTIONARY(CompressionType.LZ4_COMPRESSION, CompressionType.ZSTD_COMPRESSION, true);

  final CompressionType upper;
  final CompressionType last;
  final boolean dictionary;

  Compression(CompressionType upper, CompressionType last, boolean dictionary) {
    this.upper = upper;
    this.last = last;
    this.dictionary = dictionary;
  }
}
