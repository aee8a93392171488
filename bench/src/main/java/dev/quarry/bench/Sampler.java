package dev.quarry.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Times one operation in one thread: a warm-up until it becomes no faster any more, then blocks of
 * a few milliseconds of which the median counts, then single operations for the percentiles; what
 * takes longer than a block is measured once for both. The figures say how many operations there
 * were. Not thread-safe.
 */
final class Sampler {
  /** Something to do, prepared beforehand, outside the measured time. */
  interface Prepared {
    /** Makes ready the next operation. */
    void prepare();

    /** Does it; this is timed. */
    void run();
  }

  /** An operation of two functions. */
  static Prepared prepared(Runnable prepare, Runnable run) {
    return new Prepared() {
      @Override
      public void prepare() {
        prepare.run();
      }

      @Override
      public void run() {
        run.run();
      }
    };
  }

  private static final long BLOCK_NANOS = 2_000_000;
  private static final int FEWEST = 3;

  /** Of queries, whose code is much, some are compiled after seconds only. */
  private static final int MOST_WARM_UPS = 10;

  private final ThreadMXBean threads =
      (ThreadMXBean) ManagementFactory.getPlatformMXBean(java.lang.management.ThreadMXBean.class);
  private final long warmUpNanos;
  private final long nanos;
  private final long mostNanos;

  /**
   * Each of the two measurements takes this long, but an operation at least; so do warm-ups, of
   * which there are one to ten: it ends when two in a row were no faster.
   *
   * @param most after this time a measurement ends with what it has, be it a single operation;
   *     otherwise it takes three at least
   */
  Sampler(Duration warmUp, Duration measurement, Duration most) {
    warmUpNanos = warmUp.toNanos();
    nanos = measurement.toNanos();
    mostNanos = most.toNanos();
  }

  /**
   * The figures of an operation that is told its running number.
   *
   * @param units how many units of work an operation does; times are per unit
   */
  Map<String, Object> sample(int units, IntConsumer operation) {
    WarmUp warm = warmUp(operation);
    int next = warm.operations;
    int block = (int) Math.max(1, Math.min(1 << 20, BLOCK_NANOS / Math.max(1, warm.nanosEach)));
    List<Double> means = new ArrayList<>();
    long operations = 0;
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long begin = System.nanoTime();
    long from = begin;
    Latencies times = new Latencies();
    while (goesOn(means.size(), from - begin)) {
      for (int i = 0; i < block; i++) {
        operation.accept(next++ & Integer.MAX_VALUE);
      }
      long now = System.nanoTime();
      means.add((now - from) / (double) block);
      if (block == 1) {
        times.record((now - from) / units);
      }
      operations += block;
      from = now;
    }
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    Collections.sort(means);
    begin = System.nanoTime();
    from = begin;
    while (block > 1 && goesOn(times.operations(), from - begin)) {
      operation.accept(next++ & Integer.MAX_VALUE);
      long now = System.nanoTime();
      times.record((now - from) / units);
      from = now;
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("value", means.get(means.size() / 2) / 1e3 / units);
    figures.put("unit", "us");
    figures.put("allocated_bytes", allocated / (double) operations / units);
    figures.putAll(times.figures());
    return figures;
  }

  private WarmUp warmUp(IntConsumer operation) {
    int next = 0;
    Steadiness steadiness = new Steadiness(2);
    double each = 0;
    long elapsed = 0;
    // an operation that takes longer than a warm-up is not repeated for its code's sake
    for (int i = 0; i < MOST_WARM_UPS && !steadiness.reached() && elapsed <= 2 * warmUpNanos; i++) {
      int first = next;
      long begin = System.nanoTime();
      do {
        operation.accept(next++);
        elapsed = System.nanoTime() - begin;
      } while (elapsed < warmUpNanos);
      each = elapsed / (double) (next - first);
      steadiness.ran(each);
    }
    return new WarmUp(next, each);
  }

  private record WarmUp(int operations, double nanosEach) {}

  private boolean goesOn(long done, long elapsed) {
    return done == 0 || (elapsed < mostNanos && (done < FEWEST || elapsed < nanos));
  }

  /**
   * The figures of an operation that needs something new each time. The value is the mean, because
   * what a store defers it pays later, in other operations.
   *
   * @param units how many units of work an operation does; times are per unit
   * @param most operations, the warm-up's not counted; fewer if the time is over before
   */
  Map<String, Object> samplePrepared(int units, int most, Prepared operation) {
    timed(warmUpNanos, units, most, operation, new Latencies());
    Latencies times = new Latencies();
    double[] sums = timed(2 * nanos, units, most, operation, times);
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("value", sums[0] / sums[2] / 1e3 / units);
    figures.put("unit", "us");
    figures.put("allocated_bytes", sums[1] / sums[2] / units);
    figures.putAll(times.figures());
    return figures;
  }

  /** Nanoseconds, bytes allocated, operations. */
  private double[] timed(long enough, int units, int most, Prepared operation, Latencies times) {
    double[] sums = new double[3];
    long begin = System.nanoTime();
    while (sums[2] == 0
        || (sums[2] < most
            && System.nanoTime() - begin < mostNanos
            && (sums[2] < FEWEST || sums[0] < enough))) {
      operation.prepare();
      long bytes = threads.getCurrentThreadAllocatedBytes();
      long before = System.nanoTime();
      operation.run();
      long took = System.nanoTime() - before;
      sums[1] += threads.getCurrentThreadAllocatedBytes() - bytes;
      sums[0] += took;
      sums[2]++;
      times.record(took / units);
    }
    return sums;
  }
}
