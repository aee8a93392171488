package dev.quarry.index;

import org.agrona.UnsafeApi;

/**
 * What the parts of an index add to one sum over all that it holds: each member of each container,
 * each term, each row. An edit adds what comes and takes off what goes, so that keeping the sum
 * costs as much as the edit is large, and takes 8 bytes in all. A process that died leaves the sum
 * in the {@link StateFile}; who adopts its files adds up what is there. A part that differs in one
 * word adds something else for certain, several that differ do but for one chance in 2^64.
 */
final class ContentSum {
  private static final long ODD = 0x9E3779B97F4A7C15L;

  private ContentSum() {}

  /** Tells the members of a container, by its key in the directory, from those of others. */
  static long salt(long key) {
    return Hash.mix(key);
  }

  /** What one member adds. */
  static long member(long salt, int low) {
    return Hash.mix(salt + low);
  }

  /** What all members of a container add. */
  static long members(long key, long address) {
    long salt = salt(key);
    int meta = ContainerReader.meta(address);
    long payload = address + ContainerReader.PAYLOAD;
    long sum = 0;
    if (ContainerReader.isDense(meta)) {
      for (int word = 0; word < Block.WORDS; word++) {
        long bits = UnsafeApi.getLong(payload + 8L * word);
        for (; bits != 0; bits &= bits - 1) {
          sum += member(salt, word << 6 | Long.numberOfTrailingZeros(bits));
        }
      }
      return sum;
    }
    int n = ContainerReader.count(meta);
    for (int i = 0; i < n; i++) {
      sum += member(salt, UnsafeApi.getChar(payload + 2L * i));
    }
    return sum;
  }

  /** What a term adds whose field and bytes have that hash. */
  static long term(long hash, int termId) {
    return Hash.mix(hash + termId * ODD);
  }

  /** What a row adds; its bytes are a multiple of 4. */
  static long row(long ordinal, long row, int bytes) {
    long h = Hash.mix(ordinal ^ ODD);
    int at = 0;
    for (; at + Long.BYTES <= bytes; at += Long.BYTES) {
      h = (h + UnsafeApi.getLong(row + at)) * ODD;
      h ^= h >>> 29;
    }
    if (at < bytes) {
      h += UnsafeApi.getInt(row + at);
    }
    return Hash.mix(h);
  }
}
