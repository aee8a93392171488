package dev.quarry.internal.read;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import java.util.HashMap;
import java.util.Map;

/**
 * A set of ordinals on the heap, owned by one reader: a bitmap of 8 KB for each range of 65,536
 * ordinals that has members, made when it is first looked at. Not thread-safe.
 */
final class OrdinalBits implements Postings {
  private static final int WORDS = BLOCK / Long.SIZE;

  /** The bitmap of a range without members. */
  private static final long[] NONE = {};

  private final long blocks;
  private final Loader loader;
  private final Map<Long, long[]> loaded = new HashMap<>();

  /** For the next bitmap; has no bits. */
  private long[] spare;

  /** Makes the bitmaps. */
  @FunctionalInterface
  interface Loader {
    /** Sets the bits of the members in a block; {@code words} has none. */
    void load(long block, long[] words);
  }

  /** A set of ordinals below {@code bound}. */
  OrdinalBits(long bound, Loader loader) {
    this.blocks = (bound + BLOCK - 1) / BLOCK;
    this.loader = loader;
  }

  /** Makes all bitmaps now. */
  void loadAll() {
    for (long block = 0; block < blocks; block++) {
      long[] unused = words(block);
    }
  }

  private long[] words(long block) {
    long[] words = loaded.get(block);
    if (words == null) {
      words = load(block);
      loaded.put(block, words);
    }
    return words;
  }

  private long[] load(long block) {
    long[] words = spare == null ? new long[WORDS] : spare;
    spare = null; // a load that fails may leave bits
    loader.load(block, words);
    for (long word : words) {
      if (word != 0) {
        return words;
      }
    }
    spare = words;
    return NONE;
  }

  @Override
  public long cardinality() {
    long sum = 0;
    for (long block = 0; block < blocks; block++) {
      for (long word : words(block)) {
        sum += Long.bitCount(word);
      }
    }
    return sum;
  }

  @Override
  public long upperBound() {
    return cardinality();
  }

  @Override
  public boolean contains(long ordinal) {
    long block = ordinal / BLOCK;
    if (ordinal < 0 || block >= blocks) {
      return false;
    }
    long[] words = words(block);
    return words != NONE && (words[(int) (ordinal >>> 6) & (WORDS - 1)] & (1L << ordinal)) != 0;
  }

  @Override
  public OrdinalCursor cursor() {
    return new BitsCursor();
  }

  private final class BitsCursor implements OrdinalCursor {
    private long position = 0;

    @Override
    public long next() {
      return advance(position);
    }

    @Override
    public long advance(long target) {
      long from = Math.max(position, target);
      for (long block = from / BLOCK; block < blocks && position != END; block++) {
        long base = block * BLOCK;
        int found = firstIn(words(block), (int) Math.max(0, from - base));
        if (found >= 0) {
          position = base + found + 1;
          return base + found;
        }
      }
      position = END;
      return END;
    }

    private static int firstIn(long[] words, int start) {
      if (words == NONE) {
        return -1;
      }
      int w = start >>> 6;
      long word = words[w] & (-1L << start);
      while (word == 0) {
        if (++w == WORDS) {
          return -1;
        }
        word = words[w];
      }
      return (w << 6) + Long.numberOfTrailingZeros(word);
    }
  }
}
