package dev.quarry.internal.lifecycle;

/**
 * At most so many in every window of a period, wherever it begins; as many may come at once. A ring
 * of the times at which they came: the next one waits until the one that many before is a period
 * old.
 *
 * <p>Exact up to 4,096. Of more, a slot of the ring stands for several, and holds the time of the
 * last of them: up to a two-thousandth fewer are admitted (half of it, as slots are whole; half, as
 * one slot's come back together), and never too many.
 *
 * <p>Thread-safe. Each call holds the monitor for some ten nanoseconds, and waits for nothing under
 * it. At most 32 KiB; nothing is allocated behind the constructor.
 */
public final class SlidingWindow {
  private static final int MOST_SLOTS = 4_096;

  /** Long enough for anyone; sums with it do not overflow. */
  private static final long LONGEST = Long.MAX_VALUE / 4;

  private static final double NANOS = 1e9;

  private final long period;
  private final int perSlot;
  private final long[] times;
  private long taken;
  private long last;

  /** At most {@code most} in a period of nanoseconds, both positive. */
  public SlidingWindow(int most, long period) {
    this.period = Math.min(period, LONGEST);
    this.perSlot = (int) (((long) most + MOST_SLOTS - 1) / MOST_SLOTS);
    this.times = new long[most / perSlot];
  }

  /** At most so many in a second, rounded up, and in the long run exactly as many; up to 1e9. */
  public static SlidingWindow perSecond(double rate) {
    int most = (int) Math.ceil(rate);
    return new SlidingWindow(most, (long) Math.ceil(most / rate * NANOS));
  }

  /**
   * Takes one at {@code now}, in nanoseconds of a clock that does not go back; where it does, as it
   * may between two threads, the latest time that was told counts.
   *
   * @return 0 if it is taken, else how long to wait before the next try
   */
  public synchronized long take(long now) {
    int slot = (int) (taken / perSlot % times.length);
    boolean first = taken % perSlot == 0;
    if (first && taken >= (long) times.length * perSlot) {
      long wait = period - (now - times[slot]);
      if (wait > 0) {
        return wait;
      }
    }
    if (taken == 0 || now - last > 0) {
      last = now;
    }
    times[slot] = last;
    taken++;
    return 0;
  }
}
