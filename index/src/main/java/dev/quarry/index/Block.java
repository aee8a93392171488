package dev.quarry.index;

import java.util.Arrays;

/**
 * The members of one block of 65,536 ordinals, in heap scratch owned by one reader: rising 16-bit
 * values while sparse, a bitmap when dense. Reused from block to block; not thread-safe. (Not
 * final, so that a test can let things happen between a read of a container's meta and of its
 * content.)
 */
class Block {
  /** Ordinals in a block. */
  static final int SIZE = 1 << 16;

  static final int SHIFT = 16;

  /** The most members that are held as an array; its 8 KB are what a bitmap takes. */
  static final int ARRAY_MAX = 4096;

  /** Words of a bitmap. */
  static final int WORDS = SIZE / Long.SIZE;

  /** One past the highest ordinal that an index accepts, so that every block number fits an int. */
  static final long ORDINAL_LIMIT = 1L << 40;

  /** The highest number of a block. */
  static final long BLOCK_MAX = (ORDINAL_LIMIT - 1) >>> SHIFT;

  private static final int LOW_MASK = SIZE - 1;

  private char[] values = new char[64];
  private char[] spareValues;
  private long[] words;
  private long[] spareWords;
  private long[] marks;
  private boolean dense;
  private int cardinality;

  static long blockOf(long ordinal) {
    return ordinal >>> SHIFT;
  }

  static int lowOf(long ordinal) {
    return (int) ordinal & LOW_MASK;
  }

  void clear() {
    dense = false;
    cardinality = 0;
  }

  boolean isEmpty() {
    return cardinality == 0;
  }

  boolean isDense() {
    return dense;
  }

  int cardinality() {
    return cardinality;
  }

  /** The members where {@link #isDense} is false; valid up to the cardinality. */
  char[] values() {
    return values;
  }

  /** The bitmap where {@link #isDense} is true. */
  long[] words() {
    return words;
  }

  /** Room for at least {@code n} values, content kept; completed by {@link #sparse}. */
  char[] valuesFor(int n) {
    if (values.length < n) {
      values = Arrays.copyOf(values, roomFor(n));
    }
    return values;
  }

  /** The bitmap with whatever it held before; completed by {@link #dense}. */
  long[] wordsForOverwrite() {
    if (words == null) {
      words = new long[WORDS];
    }
    return words;
  }

  /** A second array of values, to write a result beside the input; see {@link #swapValues}. */
  char[] spareValuesFor(int n) {
    if (spareValues == null || spareValues.length < n) {
      spareValues = new char[roomFor(n)];
    }
    return spareValues;
  }

  /** A second bitmap, to write a result beside the input; see {@link #swapWords}. */
  long[] spareWords() {
    if (spareWords == null) {
      spareWords = new long[WORDS];
    }
    return spareWords;
  }

  /** A bitmap without a bit, for marking; whoever marks takes the marks away again. */
  long[] marks() {
    if (marks == null) {
      marks = new long[WORDS];
    }
    return marks;
  }

  void swapValues(int n) {
    char[] kept = values;
    values = spareValues;
    spareValues = kept;
    sparse(n);
  }

  void swapWords(int newCardinality) {
    long[] kept = words;
    words = spareWords;
    spareWords = kept;
    dense(newCardinality);
  }

  private static int roomFor(int n) {
    return n >= ARRAY_MAX ? SIZE : Math.min(ARRAY_MAX, Integer.highestOneBit(n) << 1);
  }

  void sparse(int n) {
    dense = false;
    cardinality = n;
  }

  void dense(int n) {
    dense = true;
    cardinality = n;
  }

  boolean contains(int low) {
    if (dense) {
      return (words[low >>> 6] & 1L << low) != 0;
    }
    return Arrays.binarySearch(values, 0, cardinality, (char) low) >= 0;
  }

  /** Adds a member; false where it is in already. */
  boolean add(int low) {
    if (dense) {
      long bit = 1L << low;
      if ((words[low >>> 6] & bit) != 0) {
        return false;
      }
      words[low >>> 6] |= bit;
      cardinality++;
      return true;
    }
    int at = Arrays.binarySearch(values, 0, cardinality, (char) low);
    if (at >= 0) {
      return false;
    }
    if (cardinality == ARRAY_MAX) {
      toDense();
      return add(low);
    }
    int insertion = -at - 1;
    valuesFor(cardinality + 1);
    System.arraycopy(values, insertion, values, insertion + 1, cardinality - insertion);
    values[insertion] = (char) low;
    cardinality++;
    return true;
  }

  /** Takes a member out; false where it is absent. */
  boolean remove(int low) {
    if (dense) {
      long bit = 1L << low;
      if ((words[low >>> 6] & bit) == 0) {
        return false;
      }
      words[low >>> 6] &= ~bit;
      cardinality--;
      return true;
    }
    int at = Arrays.binarySearch(values, 0, cardinality, (char) low);
    if (at < 0) {
      return false;
    }
    System.arraycopy(values, at + 1, values, at, cardinality - at - 1);
    cardinality--;
    return true;
  }

  /** Makes the members {@code from} (inclusive) to {@code to} (exclusive). */
  void setRange(int from, int to) {
    int n = to - from;
    if (n <= ARRAY_MAX) {
      char[] target = valuesFor(n);
      for (int i = 0; i < n; i++) {
        target[i] = (char) (from + i);
      }
      sparse(n);
      return;
    }
    long[] target = wordsForOverwrite();
    Arrays.fill(target, 0);
    int firstWord = from >>> 6;
    int lastWord = (to - 1) >>> 6;
    Arrays.fill(target, firstWord, lastWord + 1, -1L);
    target[firstWord] &= -1L << from;
    target[lastWord] &= -1L >>> -to;
    dense(n);
  }

  void copyFrom(Block other) {
    if (other.dense) {
      System.arraycopy(other.words, 0, wordsForOverwrite(), 0, WORDS);
      dense(other.cardinality);
    } else {
      System.arraycopy(other.values, 0, valuesFor(other.cardinality), 0, other.cardinality);
      sparse(other.cardinality);
    }
  }

  /** Sets the bits of the members in a bitmap without any. */
  void copyTo(long[] bitmap) {
    if (dense) {
      System.arraycopy(words, 0, bitmap, 0, WORDS);
    } else {
      for (int i = 0; i < cardinality; i++) {
        bitmap[values[i] >>> 6] |= 1L << values[i];
      }
    }
  }

  void toDense() {
    long[] target = wordsForOverwrite();
    Arrays.fill(target, 0);
    for (int i = 0; i < cardinality; i++) {
      target[values[i] >>> 6] |= 1L << values[i];
    }
    dense = true;
  }

  void toSparse() {
    char[] target = valuesFor(cardinality);
    int n = 0;
    for (int w = 0; w < WORDS; w++) {
      for (long word = words[w]; word != 0; word &= word - 1) {
        target[n++] = (char) ((w << 6) + Long.numberOfTrailingZeros(word));
      }
    }
    sparse(n);
  }

  /** Keeps the members that are in {@code other} too. */
  void and(Block other) {
    if (cardinality == 0 || other.cardinality == 0) {
      clear();
    } else if (!dense) {
      filter(other, true);
    } else if (other.dense) {
      int n = 0;
      for (int w = 0; w < WORDS; w++) {
        long word = words[w] & other.words[w];
        words[w] = word;
        n += Long.bitCount(word);
      }
      dense(n);
    } else {
      char[] target = valuesFor(other.cardinality);
      int n = 0;
      for (int i = 0; i < other.cardinality; i++) {
        char low = other.values[i];
        target[n] = low;
        n += (int) (words[low >>> 6] >>> low) & 1;
      }
      sparse(n);
    }
  }

  /** Takes out the members that are in {@code other}. */
  void andNot(Block other) {
    if (cardinality == 0 || other.cardinality == 0) {
      return;
    }
    if (!dense) {
      filter(other, false);
    } else if (other.dense) {
      int n = 0;
      for (int w = 0; w < WORDS; w++) {
        long word = words[w] & ~other.words[w];
        words[w] = word;
        n += Long.bitCount(word);
      }
      dense(n);
    } else {
      for (int i = 0; i < other.cardinality; i++) {
        remove(other.values[i]);
      }
    }
  }

  /** Adds the members of {@code other}. */
  void or(Block other) {
    if (other.cardinality == 0) {
      return;
    }
    if (cardinality == 0) {
      copyFrom(other);
      return;
    }
    if (!dense && !other.dense && cardinality + other.cardinality <= ARRAY_MAX) {
      merge(other);
      return;
    }
    if (!dense) {
      toDense();
    }
    if (other.dense) {
      int n = 0;
      for (int w = 0; w < WORDS; w++) {
        long word = words[w] | other.words[w];
        words[w] = word;
        n += Long.bitCount(word);
      }
      dense(n);
    } else {
      for (int i = 0; i < other.cardinality; i++) {
        add(other.values[i]);
      }
    }
  }

  private void merge(Block other) {
    char[] target = spareValuesFor(cardinality + other.cardinality);
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < cardinality && j < other.cardinality) {
      char a = values[i];
      char b = other.values[j];
      target[n++] = a <= b ? a : b;
      i += a <= b ? 1 : 0;
      j += b <= a ? 1 : 0;
    }
    while (i < cardinality) {
      target[n++] = values[i++];
    }
    while (j < other.cardinality) {
      target[n++] = other.values[j++];
    }
    swapValues(n);
  }

  /** Keeps those of the sparse members whose presence in {@code other} equals {@code present}. */
  private void filter(Block other, boolean present) {
    int n = 0;
    if (other.dense) {
      int wanted = present ? 1 : 0;
      for (int i = 0; i < cardinality; i++) {
        char low = values[i];
        values[n] = low;
        n += ((int) (other.words[low >>> 6] >>> low) & 1) ^ wanted ^ 1;
      }
    } else {
      int j = 0;
      for (int i = 0; i < cardinality; i++) {
        char low = values[i];
        j = other.lowerBound(low, j);
        boolean found = j < other.cardinality && other.values[j] == low;
        if (found == present) {
          values[n++] = low;
        }
      }
    }
    sparse(n);
  }

  /** Position of the first value {@code >= low} at or after {@code from}, by galloping. */
  int lowerBound(int low, int from) {
    if (from >= cardinality || values[from] >= low) {
      return from;
    }
    int step = 1;
    int below = from;
    int probe = from + 1;
    while (probe < cardinality && values[probe] < low) {
      below = probe;
      step <<= 1;
      probe = below + step;
    }
    int high = Math.min(probe, cardinality);
    int left = below + 1;
    while (left < high) {
      int middle = (left + high) >>> 1;
      if (values[middle] < low) {
        left = middle + 1;
      } else {
        high = middle;
      }
    }
    return left;
  }
}
