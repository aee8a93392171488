package dev.quarry.internal.read;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import java.util.TreeMap;

/**
 * A set of ordinals on the heap, owned by one reader: a bitmap of 8 KB for each range of 65,536
 * ordinals that has any. Not thread-safe while it changes.
 */
final class OrdinalBits implements Postings {
  private static final int WORDS = 1024;

  private final TreeMap<Long, long[]> blocks = new TreeMap<>();

  static OrdinalBits copyOf(Postings set) {
    OrdinalBits bits = new OrdinalBits();
    OrdinalCursor cursor = set.cursor();
    long block = -1;
    long[] words = null;
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      if (o >>> 16 != block) {
        block = o >>> 16;
        words = bits.blocks.computeIfAbsent(block, b -> new long[WORDS]);
      }
      words[(int) (o >>> 6) & (WORDS - 1)] |= 1L << o;
    }
    return bits;
  }

  void add(long ordinal) {
    long[] words = blocks.computeIfAbsent(ordinal >>> 16, b -> new long[WORDS]);
    words[(int) (ordinal >>> 6) & (WORDS - 1)] |= 1L << ordinal;
  }

  void remove(long ordinal) {
    long[] words = blocks.get(ordinal >>> 16);
    if (words != null) {
      words[(int) (ordinal >>> 6) & (WORDS - 1)] &= ~(1L << ordinal);
    }
  }

  @Override
  public long cardinality() {
    long sum = 0;
    for (long[] words : blocks.values()) {
      for (long word : words) {
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
    long[] words = blocks.get(ordinal >>> 16);
    return words != null && (words[(int) (ordinal >>> 6) & (WORDS - 1)] & (1L << ordinal)) != 0;
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
      if (position == END || from == END) {
        position = END;
        return END;
      }
      var entry = blocks.ceilingEntry(from >>> 16);
      while (entry != null) {
        long base = entry.getKey() << 16;
        int start = from > base ? (int) (from - base) : 0;
        long found = firstIn(entry.getValue(), start);
        if (found >= 0) {
          position = base + found + 1;
          return base + found;
        }
        entry = blocks.higherEntry(entry.getKey());
      }
      position = END;
      return END;
    }

    private static long firstIn(long[] words, int start) {
      int w = start >>> 6;
      if (w >= WORDS) {
        return -1;
      }
      long word = words[w] & (-1L << start);
      while (word == 0) {
        if (++w == WORDS) {
          return -1;
        }
        word = words[w];
      }
      return ((long) w << 6) + Long.numberOfTrailingZeros(word);
    }
  }
}
