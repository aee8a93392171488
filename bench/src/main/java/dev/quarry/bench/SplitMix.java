package dev.quarry.bench;

/**
 * A random sequence that is determined by two numbers: SplitMix64 (Steele, Lea, Flood: Fast
 * Splittable Pseudorandom Number Generators, 2014). The same pair yields the same sequence on every
 * JDK. Not thread-safe.
 */
public final class SplitMix {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  /** The sequence number {@code stream} of {@code seed}. */
  public SplitMix(long seed, long stream) {
    state = mix(mix(seed + GAMMA) + stream * 0xD1342543DE82EF95L);
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform in 0 (inclusive) to {@code bound} (exclusive), {@code bound} at least 1. */
  public int nextInt(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Uniform in 0 (inclusive) to {@code bound} (exclusive), {@code bound} at least 1. */
  public long nextLong(long bound) {
    // the bias of the remainder is below bound / 2^63, far under anything a bench can see
    return (nextLong() >>> 1) % bound;
  }

  /** Uniform in 0 to 1 (exclusive). */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** A bijection of the 64-bit numbers that scatters neighbours. */
  public static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
