package dev.quarry.internal.lifecycle;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * At most so many in every window of a period, wherever it begins; as many may come at once. A ring
 * of the times at which they came: the next one waits until the one that many before is a period
 * old.
 *
 * <p>Exact up to 4,096. Of more, a slot of the ring stands for several, and holds the time of the
 * last of them: up to a two-thousandth fewer are admitted (half of it, as slots are whole; half, as
 * one slot's come back together), and never too many.
 *
 * <p>Thread-safe, lock-free. One comes in by raising the count, and has left its time in its slot
 * before; so whoever sees the count sees the times of all that are in it. The ring has a slot more
 * than are counted: the one that is written is never the one that is asked. Times only grow, so one
 * that comes late, or belongs to nobody because another raised the count first, can make others
 * wait and lets nobody in. At most 32 KiB; nothing is allocated behind the constructor.
 */
public final class SlidingWindow {
  private static final int MOST_SLOTS = 4_096;

  /** Long enough for anyone; sums with it do not overflow. */
  private static final long LONGEST = Long.MAX_VALUE / 4;

  private static final double NANOS = 1e9;

  private final long period;
  private final int perSlot;
  private final int slots;
  private final AtomicLongArray times;
  private final AtomicLong last;
  private final AtomicLong taken = new AtomicLong();

  /** At most {@code most} in a period of nanoseconds, both positive, from {@code now} on. */
  public SlidingWindow(int most, long period, long now) {
    this.period = Math.min(period, LONGEST);
    this.perSlot = (int) (((long) most + MOST_SLOTS - 1) / MOST_SLOTS);
    this.slots = most / perSlot;
    this.times = new AtomicLongArray(slots + 1);
    for (int i = 0; i <= slots; i++) {
      times.setPlain(i, now);
    }
    this.last = new AtomicLong(now);
  }

  /** At most so many in a second, rounded up, and in the long run exactly as many; up to 1e9. */
  public static SlidingWindow perSecond(double rate, long now) {
    int most = (int) Math.ceil(rate);
    return new SlidingWindow(most, (long) Math.ceil(most / rate * NANOS), now);
  }

  /**
   * Takes one at {@code now}, in nanoseconds of a clock that does not go back; where it does, as it
   * may between two threads, the latest time of one that was taken counts.
   *
   * @return 0 if it is taken, else how long to wait before the next try
   */
  public long take(long now) {
    while (true) {
      long count = taken.get();
      long slot = count / perSlot;
      long wait = slot < slots ? 0 : period - (now - times.get(place(slot - slots)));
      if (wait <= 0) {
        // not now alone: one that came before, by the count, may have looked at the clock later
        long time = last.accumulateAndGet(now, SlidingWindow::later);
        times.accumulateAndGet(place(slot), time, SlidingWindow::later);
        if (taken.compareAndSet(count, count + 1)) {
          return 0;
        }
      } else if (taken.get() == count) {
        return wait; // else the slot may have been of a later one
      }
    }
  }

  private int place(long slot) {
    return (int) (slot % (slots + 1));
  }

  /** By the difference: the clock's numbers may wrap. */
  private static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }
}
