package dev.quarry.bench;

/**
 * An endless sequence of task numbers below a bound, drawn in advance so that a measured loop pays
 * for no randomness, and walked in order so that the table costs no misses of the processor's
 * caches. It is several times as long as there are numbers: were it shorter, its repetition would
 * be a working set of its own, which a cache holds or a least-recently-used cache never does, and
 * each further thread would bring another. Popular numbers are scattered over the whole range, as
 * popular tasks do not lie beside each other. Not thread-safe; give each thread its own.
 */
public final class KeySequence {
  /** How often each number is drawn. */
  public enum Distribution {
    /** All alike. */
    UNIFORM,
    /** Zipf(1.0). */
    ZIPF
  }

  private static final int LEAST_LENGTH = 1 << 17;

  /** 8 MB; what a million numbers need to be drawn twice on average. */
  private static final int MOST_LENGTH = 1 << 21;

  private static final int DRAWS_A_NUMBER = 8;

  private final int[] numbers;
  private int next;

  /** Numbers of 0 to {@code bound - 1}. */
  public KeySequence(Distribution distribution, int bound, long seed) {
    SplitMix random = new SplitMix(seed, bound);
    ZipfSampler zipf = distribution == Distribution.ZIPF ? new ZipfSampler(bound, 1.0) : null;
    long wanted = Math.min(MOST_LENGTH, Math.max(LEAST_LENGTH, (long) bound * DRAWS_A_NUMBER));
    numbers = new int[Integer.highestOneBit((int) wanted)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          zipf == null ? random.nextInt(bound) : scatter(zipf.rank(random.nextLong()), bound);
    }
  }

  /** The next number. */
  public int next() {
    return numbers[next++ & (numbers.length - 1)];
  }

  /** A bijection of 0 to {@code bound - 1} that moves neighbours apart. */
  static int scatter(int rank, int bound) {
    // the multiplier is a prime above every int, so it has no divisor in common with the bound
    return (int) (rank * (4_294_967_311L % bound) % bound);
  }
}
