package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quarry.Seeds;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No window has more than it may, whatever the clock does and however many ask. */
class SlidingWindowTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int THREADS = 8;

  /** The numbers of the clock wrap soon. */
  private static final long ORIGIN = Long.MAX_VALUE - 1_000;

  /** Against the list of all that were admitted; the clock stands, runs, steps back and wraps. */
  @Seeds({61, 62, 63, 64, 65, 66, 67, 68})
  void equalsAPlainList(long seed) {
    Random random = new Random(seed);
    int most = 1 + random.nextInt(seed % 2 == 0 ? 4 : 60);
    long period = 1 + random.nextLong(1_000);
    SlidingWindow window = new SlidingWindow(most, period, ORIGIN - 100);
    List<Long> admitted = new ArrayList<>(); // rising
    long now = 0;
    for (int i = 0; i < 20_000; i++) {
      long told = random.nextInt(10) == 0 ? now - random.nextInt(20) : now;
      long waits = 0;
      if (admitted.size() >= most) {
        waits = Math.max(0, admitted.get(admitted.size() - most) + period - told);
      }
      assertThat(window.take(ORIGIN + told)).as("step %d", i).isEqualTo(waits);
      if (waits == 0) {
        long last = admitted.isEmpty() ? told : admitted.get(admitted.size() - 1);
        admitted.add(Math.max(told, last));
      }
      now += random.nextInt(3) == 0 ? random.nextLong(1 + 3 * period / most) : random.nextInt(2);
    }
    assertThat(admitted).hasSizeGreaterThan(most * 3);
    assertNoneTooMany(admitted.stream().mapToLong(Long::longValue).toArray(), most, period);
  }

  /** Of {@code times}, rising, no window has more than {@code most}. */
  private static void assertNoneTooMany(long[] times, int most, long period) {
    for (int i = most; i < times.length; i++) {
      assertThat(times[i] - times[i - most]).as("number %d", i).isGreaterThanOrEqualTo(period);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4_095, 4_096, 4_097, 10_000, 1_000_003, 1_000_000_000})
  void ofMoreThanItsSlotsItAdmitsAFewLess(int most) {
    SlidingWindow window = new SlidingWindow(most, SECOND, 0);
    int least = most <= 4_096 ? most : most - most / 2_000;
    int tries = Math.min(most, 2_000_000);
    for (long second = 0; second < 3; second++) { // all at once
      int admitted = 0;
      for (int i = 0; i <= tries; i++) {
        admitted += window.take(second * SECOND) == 0 ? 1 : 0;
      }
      assertThat(admitted).isBetween(Math.min(least, tries), most);
    }
  }

  @Seeds({71, 72, 73})
  void ofMoreThanItsSlotsNoWindowHasTooManyEither(long seed) {
    Random random = new Random(seed);
    int most = 5_000 + random.nextInt(20_000);
    SlidingWindow window = new SlidingWindow(most, SECOND, 0);
    long[] admitted = new long[1_000_000];
    int n = 0;
    long now = 0;
    long step = SECOND / most; // somewhat faster than the rate, with bursts
    while (now < 20 * SECOND) {
      if (window.take(now) == 0) {
        admitted[n++] = now;
      }
      now += random.nextInt(4) == 0 ? 0 : random.nextLong(step * 5 / 2);
    }
    assertNoneTooMany(Arrays.copyOf(admitted, n), most, SECOND);
    assertThat(n).isGreaterThanOrEqualTo(20 * (most - most / 2_000 - 1));
  }

  @Test
  void fractionsOfASecond() {
    assertRate(2.5, 3, 1_200_000_000L);
    assertRate(100, 100, SECOND);
    assertRate(0.001, 1, 1_000 * SECOND);
    assertRate(0.3, 1, 3_333_333_334L);
    SlidingWindow never = SlidingWindow.perSecond(Double.MIN_VALUE, Long.MAX_VALUE);
    assertThat(never.take(Long.MAX_VALUE)).isZero();
    assertThat(never.take(Long.MAX_VALUE)).isGreaterThan(365L * 86_400 * SECOND);
  }

  private static void assertRate(double rate, int most, long period) {
    SlidingWindow window = SlidingWindow.perSecond(rate, 0);
    for (int i = 0; i < most; i++) {
      assertThat(window.take(5)).isZero();
    }
    assertThat(window.take(5)).isEqualTo(period);
    assertThat(window.take(5 + period - 1)).isEqualTo(1);
    assertThat(window.take(5 + period)).isZero();
  }

  @Seeds({81, 82, 83, 84})
  void noWindowHasTooManyForEightThreads(long seed) throws Exception {
    int most = seed % 2 == 0 ? 50 : 1;
    long period = 10_000;
    int tries = 200_000;
    SlidingWindow window = new SlidingWindow(most, period, 0);
    AtomicLong clock = new AtomicLong();
    CountDownLatch begin = new CountDownLatch(THREADS);
    List<FutureTask<long[]>> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      Random random = new Random(seed * THREADS + t);
      FutureTask<long[]> thread =
          new FutureTask<>(
              () -> {
                long[] times = new long[tries];
                int n = 0;
                begin.countDown();
                begin.await();
                for (int i = 0; i < tries; i++) {
                  long now = clock.addAndGet(random.nextInt(50));
                  if (window.take(now) == 0) {
                    times[n++] = now;
                  }
                }
                return Arrays.copyOf(times, n);
              });
      threads.add(thread);
      new Thread(thread).start();
    }
    List<Long> all = new ArrayList<>();
    for (FutureTask<long[]> thread : threads) {
      Arrays.stream(thread.get()).forEach(all::add);
    }
    long[] times = all.stream().mapToLong(Long::longValue).sorted().toArray();
    assertNoneTooMany(times, most, period);
    // nobody was refused for nothing
    assertThat(times.length).isGreaterThan((int) (clock.get() / period * most * 9 / 10));
  }

  /** All that a period may have come at once, from eight threads, period after period. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 500})
  void nobodyIsRefusedForNothing(int each) throws Exception {
    int periods = 1_000;
    SlidingWindow window = new SlidingWindow(THREADS * each, 1_000, 0);
    CyclicBarrier next = new CyclicBarrier(THREADS);
    List<FutureTask<Integer>> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      FutureTask<Integer> thread =
          new FutureTask<>(
              () -> {
                int refused = 0;
                for (int period = 0; period < periods; period++) {
                  next.await();
                  for (int i = 0; i < each; i++) {
                    refused += window.take(1_000L * period) == 0 ? 0 : 1;
                  }
                }
                return refused;
              });
      threads.add(thread);
      new Thread(thread).start();
    }
    for (FutureTask<Integer> thread : threads) {
      assertThat(thread.get()).isZero();
    }
    assertThat(window.take(1_000L * (periods - 1))).isEqualTo(1_000);
  }

  @Test
  void takingLeavesNothing() {
    SlidingWindow window = new SlidingWindow(100, 1_000, 0);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    long idle = threads.getThreadAllocatedBytes(thread) - before;
    long sum = window.take(0); // links what it calls
    before = threads.getThreadAllocatedBytes(thread);
    for (int i = 0; i < 100_000; i++) {
      sum += window.take(i);
    }
    assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThanOrEqualTo(idle);
    assertThat(sum).isPositive();
  }
}
