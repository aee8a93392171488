package dev.quarry.bench;

/**
 * Ranks 0 to n-1 where rank r is drawn with a weight of 1 / (r+1)^exponent. One draw costs one
 * table look-up: Walker's alias method (Vose: A Linear Algorithm for Generating Random Numbers with
 * a Given Distribution, 1991). Immutable; thread-safe, as the randomness comes from the caller.
 * Holds 8 bytes a rank.
 */
public final class ZipfSampler {
  private final double exponent;
  private final double total;
  private final int[] threshold;
  private final int[] alias;

  /** A sampler of {@code n} ranks, at least 1. */
  public ZipfSampler(int n, double exponent) {
    if (n < 1) {
      throw new IllegalArgumentException("ranks must be at least 1, but are " + n);
    }
    this.exponent = exponent;
    threshold = new int[n];
    alias = new int[n];
    double[] share = new double[n];
    double sum = 0;
    for (int r = 0; r < n; r++) {
      share[r] = weight(r);
      sum += share[r];
    }
    total = sum;
    for (int r = 0; r < n; r++) {
      share[r] *= n / sum;
    }
    fill(share);
  }

  private void fill(double[] share) {
    int n = share.length;
    int[] work = new int[n];
    int small = 0;
    int large = n;
    for (int r = 0; r < n; r++) {
      if (share[r] < 1) {
        work[small++] = r;
      } else {
        work[--large] = r;
      }
    }
    // small ones lie at the front, large ones at the back; each small one is topped up by a large
    while (small > 0 && large < n) {
      int low = work[--small];
      int high = work[large++];
      set(low, share[low], high);
      share[high] -= 1 - share[low];
      if (share[high] < 1) {
        work[small++] = high;
      } else {
        work[--large] = high;
      }
    }
    while (small > 0) {
      set(work[--small], 1, 0);
    }
    while (large < n) {
      set(work[large++], 1, 0);
    }
  }

  private void set(int rank, double share, int other) {
    if (share >= 1) {
      threshold[rank] = -1;
      alias[rank] = rank;
    } else {
      threshold[rank] = (int) (long) (share * 0x1.0p32);
      alias[rank] = other;
    }
  }

  private double weight(int rank) {
    return exponent == 1 ? 1.0 / (rank + 1) : StrictMath.pow(rank + 1, -exponent);
  }

  /** The number of ranks. */
  public int size() {
    return alias.length;
  }

  /** The probability of a rank. */
  public double probability(int rank) {
    return weight(rank) / total;
  }

  /** The rank that 64 uniform random bits select. */
  public int rank(long random) {
    int column = (int) (((random >>> 32) * alias.length) >>> 32);
    return Integer.compareUnsigned((int) random, threshold[column]) < 0 ? column : alias[column];
  }
}
