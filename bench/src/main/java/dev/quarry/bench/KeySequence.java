package dev.quarry.bench;

/**
 * An endless sequence of task numbers below a bound, drawn in advance so that a measured loop pays
 * for no randomness. Popular numbers are scattered over the whole range, as popular tasks do not
 * lie beside each other. Not thread-safe; give each thread its own.
 */
public final class KeySequence {
  /** How often each number is drawn. */
  public enum Distribution {
    /** All alike. */
    UNIFORM,
    /** Zipf(1.0). */
    ZIPF
  }

  private static final int LENGTH = 1 << 17;

  private final int[] numbers = new int[LENGTH];
  private int next;

  /** Numbers of 0 to {@code bound - 1}. */
  public KeySequence(Distribution distribution, int bound, long seed) {
    SplitMix random = new SplitMix(seed, bound);
    ZipfSampler zipf = distribution == Distribution.ZIPF ? new ZipfSampler(bound, 1.0) : null;
    for (int i = 0; i < LENGTH; i++) {
      numbers[i] =
          zipf == null ? random.nextInt(bound) : scatter(zipf.rank(random.nextLong()), bound);
    }
  }

  /** The next number. */
  public int next() {
    return numbers[next++ & (LENGTH - 1)];
  }

  /** A bijection of 0 to {@code bound - 1} that moves neighbours apart. */
  static int scatter(int rank, int bound) {
    // the multiplier is a prime above every int, so it has no divisor in common with the bound
    return (int) (rank * (4_294_967_311L % bound) % bound);
  }
}
