package dev.quarry.index;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.UnsafeApi;

/**
 * Reads containers, the members of one term in one block of 65,536 ordinals, straight from their
 * off-heap memory, without a lock and without waiting for the writer.
 *
 * <p><b>Layout.</b> A container is stamp (8 bytes), key (8), meta (4: cardinality, and whether it
 * is a bitmap), capacity (4), payload: rising 16-bit values, or a bitmap of 8 KB.
 *
 * <p><b>Why it is sound.</b> There is one writer. It changes a container in one of three ways.
 *
 * <ol>
 *   <li><i>Append</i> of a value higher than all: it writes the value behind the last and then
 *       releases the new meta. A reader that has acquired a meta finds all the values that it
 *       counts, and nothing that it counts is written.
 *   <li><i>Edit in place</i>: it first keeps what was there in the {@link PreImage} under stamp
 *       {@code s + 1}, then makes the container's stamp {@code s + 1} (odd), fences, edits, and
 *       releases a new even stamp. Stamps rise and are never used twice. A reader reads the stamp,
 *       the content, fences, and reads the stamp again: if it is even and the same, no edit began
 *       or ended in between and the content is whole. If it is odd the reader takes the content of
 *       the pre-image between two reads of the pre-image's stamp, both equal to the container's:
 *       what the container held when the edit began, and the edit had not ended. A writer that
 *       stops anywhere leaves either an even stamp or a valid pre-image.
 *   <li><i>Move</i>: it writes a new container completely, publishes its address in the {@link
 *       Directory}, increments {@code frees}, and only then gives the old memory back. A reader
 *       reads {@code frees} before the address and again after the content: if it is the same, no
 *       memory that the directory may have led it to was given back in the meantime, so what it
 *       read was a container and never something that took its place. The meta is used for
 *       addressing only after such a check, and all memory stays mapped until close, so that even a
 *       read that is discarded stays inside of mapped memory.
 * </ol>
 *
 * <p>Each failed attempt means that the writer has completed a step, so readers are lock-free: no
 * state of the writer keeps a reader from completing.
 */
final class ContainerReader {
  static final int STAMP = 0;
  static final int KEY = 8;
  static final int META = 16;
  static final int CAPACITY = 20;
  static final int PAYLOAD = 24;
  static final int BITMAP_BYTES = Block.SIZE / Byte.SIZE;

  /** Flag in the meta of a bitmap; the rest is the cardinality. */
  static final int DENSE = 1 << 30;

  /** Values per member to be tested from which on steps are cheaper than a look at each. */
  private static final int STEP_RATIO = 8;

  private static final int STEP = 16;

  static final int CHAR_ARRAY_BASE = UnsafeApi.arrayBaseOffset(char[].class);
  static final int LONG_ARRAY_BASE = UnsafeApi.arrayBaseOffset(long[].class);

  private final Directory directory;
  private final PreImage preImage;
  private final AtomicLong frees;

  ContainerReader(Directory directory, PreImage preImage, AtomicLong frees) {
    this.directory = directory;
    this.preImage = preImage;
    this.frees = frees;
  }

  static long directoryKey(int termId, long block) {
    return (long) termId << 32 | block;
  }

  static int meta(long address) {
    return UnsafeApi.getInt(address + META);
  }

  static boolean isDense(int meta) {
    return (meta & DENSE) != 0;
  }

  /** The cardinality in a meta, bounded so that nothing read goes outside of a container. */
  static int count(int meta) {
    return isDense(meta)
        ? Math.min(meta & ~DENSE, Block.SIZE)
        : Math.max(0, Math.min(meta, Block.ARRAY_MAX));
  }

  /** The number of members. */
  int cardinality(int termId, long block) {
    while (true) {
      long freed = frees.get();
      long address = directory.find(directoryKey(termId, block));
      if (address == 0) {
        return 0;
      }
      int meta = UnsafeApi.getIntAcquire(null, address + META);
      if (frees.get() == freed) {
        return count(meta);
      }
      Thread.onSpinWait();
    }
  }

  boolean contains(int termId, long block, int low) {
    while (true) {
      long freed = frees.get();
      long address = directory.find(directoryKey(termId, block));
      if (address == 0) {
        return false;
      }
      long stamp = UnsafeApi.getLongAcquire(null, address);
      if ((stamp & 1) != 0) {
        Block copy = new Block();
        load(termId, block, copy);
        return copy.contains(low);
      }
      int meta = UnsafeApi.getIntAcquire(null, address + META);
      if (frees.get() == freed) {
        boolean found =
            isDense(meta)
                ? bit(address + PAYLOAD, low) != 0
                : lowerBoundEquals(address + PAYLOAD, count(meta), low);
        if (unchanged(address, stamp, freed)) {
          return found;
        }
      }
      Thread.onSpinWait();
    }
  }

  /** Copies the members. */
  void load(int termId, long block, Block out) {
    long key = directoryKey(termId, block);
    while (true) {
      long freed = frees.get();
      long address = directory.find(key);
      if (address == 0) {
        out.clear();
        return;
      }
      long stamp = UnsafeApi.getLongAcquire(null, address);
      if ((stamp & 1) != 0) {
        if (loadPreImage(address, stamp, key, freed, out)) {
          return;
        }
      } else {
        int meta = UnsafeApi.getIntAcquire(null, address + META);
        if (frees.get() == freed) {
          copy(address + PAYLOAD, meta, out);
          if (unchanged(address, stamp, freed)) {
            return;
          }
        }
      }
      Thread.onSpinWait();
    }
  }

  /** Keeps those members of {@code in} whose presence in the container equals {@code present}. */
  void filter(int termId, long block, Block in, boolean present, BlockPool pool) {
    while (true) {
      long freed = frees.get();
      long address = directory.find(directoryKey(termId, block));
      if (address == 0) {
        if (present) {
          in.clear();
        }
        return;
      }
      long stamp = UnsafeApi.getLongAcquire(null, address);
      int meta = UnsafeApi.getIntAcquire(null, address + META);
      if ((stamp & 1) != 0 || !(isDense(meta) || !in.isDense())) {
        filterCopy(termId, block, in, present, pool);
        return;
      }
      if (frees.get() == freed) {
        int n = filterInto(address + PAYLOAD, meta, in, present);
        if (unchanged(address, stamp, freed)) {
          if (in.isDense()) {
            in.swapWords(n);
          } else {
            in.swapValues(n);
          }
          return;
        }
      }
      Thread.onSpinWait();
    }
  }

  private void filterCopy(int termId, long block, Block in, boolean present, BlockPool pool) {
    Block mine = pool.take();
    load(termId, block, mine);
    if (present) {
      in.and(mine);
    } else {
      in.andNot(mine);
    }
    pool.give(mine);
  }

  private boolean unchanged(long address, long stamp, long freed) {
    UnsafeApi.loadFence();
    return UnsafeApi.getLongAcquire(null, address) == stamp && frees.get() == freed;
  }

  private boolean loadPreImage(long address, long stamp, long key, long freed, Block out) {
    if (preImage.stamp() != stamp) {
      return false;
    }
    int meta = preImage.meta();
    int word = preImage.word();
    long wordValue = preImage.wordValue();
    boolean same = preImage.key() == key;
    if (!same || !preImageUnchanged(stamp, freed)) {
      return false;
    }
    if (word == PreImage.WHOLE) {
      copy(preImage.payload(), meta, out);
      return preImageUnchanged(stamp, freed);
    }
    copy(address + PAYLOAD, meta, out);
    out.words()[word] = wordValue;
    return preImageUnchanged(stamp, freed) && unchanged(address, stamp, freed);
  }

  private boolean preImageUnchanged(long stamp, long freed) {
    UnsafeApi.loadFence();
    return preImage.stamp() == stamp && frees.get() == freed;
  }

  static void copy(long payload, int meta, Block out) {
    int n = count(meta);
    if (isDense(meta)) {
      UnsafeApi.copyMemory(null, payload, out.wordsForOverwrite(), LONG_ARRAY_BASE, BITMAP_BYTES);
      out.dense(n);
    } else {
      UnsafeApi.copyMemory(null, payload, out.valuesFor(n), CHAR_ARRAY_BASE, 2L * n);
      out.sparse(n);
    }
  }

  private static int bit(long payload, int low) {
    return (int) (UnsafeApi.getLong(payload + ((long) (low >>> 6) << 3)) >>> low) & 1;
  }

  private static char value(long payload, int at) {
    return UnsafeApi.getChar(payload + 2L * at);
  }

  private static boolean lowerBoundEquals(long payload, int n, int low) {
    int at = lowerBound(payload, 0, n, low);
    return at < n && value(payload, at) == low;
  }

  /** Position of the first of the values from {@code from} to {@code to} that is not below. */
  private static int lowerBound(long payload, int from, int to, int low) {
    int left = from;
    int right = to;
    while (left < right) {
      int middle = (left + right) >>> 1;
      if (value(payload, middle) < low) {
        left = middle + 1;
      } else {
        right = middle;
      }
    }
    return left;
  }

  /** Writes the result beside the input, which stays for another attempt; returns its size. */
  private static int filterInto(long payload, int meta, Block in, boolean present) {
    if (in.isDense()) {
      return filterDense(payload, in, present);
    }
    char[] values = in.values();
    int inputs = in.cardinality();
    // room for what any of the loops below writes, also that which does not stay
    char[] out =
        in.spareValuesFor(Math.max(1, isDense(meta) ? inputs : Math.max(inputs, count(meta))));
    int wanted = present ? 1 : 0;
    return isDense(meta)
        ? filterByBits(payload, values, inputs, wanted, out)
        : filterByValues(payload, count(meta), in, wanted, out);
  }

  // No branch depends on a member here: each is written, and the next one overwrites it if it is
  // not wanted. A branch would be guessed wrong for every few of them.
  private static int filterByBits(long payload, char[] values, int inputs, int wanted, char[] out) {
    int flip = wanted ^ 1;
    int n = 0;
    for (int i = 0; i < inputs; i++) {
      char low = values[i];
      out[n] = low;
      n += bit(payload, low) ^ flip;
    }
    return n;
  }

  private static int filterByValues(long payload, int count, Block in, int wanted, char[] out) {
    char[] values = in.values();
    int inputs = in.cardinality();
    if (count == 0) {
      System.arraycopy(values, 0, out, 0, wanted == 1 ? 0 : inputs);
      return wanted == 1 ? 0 : inputs;
    }
    if ((long) inputs * STEP_RATIO < count) {
      return filterBySteps(payload, count, values, inputs, wanted, out);
    }
    return wanted == 1
        ? intersect(payload, count, in, out)
        : subtract(payload, count, values, inputs, out);
  }

  /**
   * Goes along the values in steps of {@value #STEP} to where each member would be, then looks at
   * half a step of them: a few wrong guesses a member, and nothing that waits for a search.
   */
  private static int filterBySteps(
      long payload, int count, char[] values, int inputs, int wanted, char[] out) {
    int flip = wanted ^ 1;
    int n = 0;
    int from = 0;
    for (int i = 0; i < inputs; i++) {
      char low = values[i];
      while (from + STEP < count && value(payload, from + STEP - 1) < low) {
        from += STEP;
      }
      int at = from;
      if (at + STEP / 2 < count && value(payload, at + STEP / 2 - 1) < low) {
        at += STEP / 2;
      }
      int found = 0;
      for (int end = Math.min(at + STEP / 2, count); at < end; at++) {
        found |= value(payload, at) == low ? 1 : 0;
      }
      out[n] = low;
      n += found ^ flip;
    }
    return n;
  }

  /** Marks the members in a bitmap and tests each value: no step waits for the one before. */
  private static int intersect(long payload, int count, Block in, char[] out) {
    char[] values = in.values();
    int inputs = in.cardinality();
    long[] marks = in.marks();
    for (int i = 0; i < inputs; i++) {
      marks[values[i] >>> 6] |= 1L << values[i];
    }
    int n = 0;
    for (int i = 0; i < count; i++) {
      char low = value(payload, i);
      out[n] = low;
      n += (int) (marks[low >>> 6] >>> low) & 1;
    }
    Arrays.fill(marks, 0);
    return n;
  }

  private static int subtract(long payload, int count, char[] values, int inputs, char[] out) {
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < inputs && j < count) {
      char a = values[i];
      char b = value(payload, j);
      out[n] = a;
      n += a < b ? 1 : 0;
      i += a <= b ? 1 : 0;
      j += b <= a ? 1 : 0;
    }
    System.arraycopy(values, i, out, n, inputs - i);
    return n + inputs - i;
  }

  private static int filterDense(long payload, Block in, boolean present) {
    long[] words = in.words();
    long[] out = in.spareWords();
    long flip = present ? 0 : -1L;
    int n = 0;
    for (int w = 0; w < Block.WORDS; w++) {
      long word = words[w] & (UnsafeApi.getLong(payload + ((long) w << 3)) ^ flip);
      out[w] = word;
      n += Long.bitCount(word);
    }
    return n;
  }
}
