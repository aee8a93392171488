package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One committer and several readers. Each value is its version; a reader that has seen a version,
 * in the store or in the cache, never gets an older one afterwards.
 */
@Timeout(120)
class ConcurrentVersionsTest {
  private static final int KEYS = 600;
  private static final int READERS = 3;
  private static final int WRITES = 200_000;

  private final AtomicLongArray store = new AtomicLongArray(KEYS);
  private final AtomicReference<String> failure = new AtomicReference<>();
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicLong gets = new AtomicLong();

  @ParameterizedTest(name = "seed {0}, limit {1} bytes, own thread {2}")
  @CsvSource({
    "11, 60000, true",
    "12, 60000, false",
    "13, 30000, false",
    "14, 1000000, true",
    "15, 1000000, false"
  })
  void versionsNeverGoBack(long seed, long limit, boolean threaded) throws InterruptedException {
    try (BoundedRecordCache<Long> cache =
        threaded
            ? BoundedRecordCache.start(limit, value -> 0)
            : BoundedRecordCache.manual(limit, value -> 0)) {
      List<Thread> readers = new ArrayList<>();
      SplittableRandom seeds = new SplittableRandom(seed);
      for (int i = 0; i < READERS; i++) {
        SplittableRandom random = seeds.split();
        readers.add(new Thread(() -> read(cache, random)));
      }
      if (!threaded) {
        readers.add(new Thread(() -> drainAllTheTime(cache)));
      }
      readers.forEach(Thread::start);
      write(cache, seeds.split());
      done.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(failure.get()).isNull();
      CacheStats stats = cache.stats();
      assertThat(stats.gets()).isEqualTo(gets.get());
      assertThat(stats.hits()).isPositive();
      assertThat(stats.rejectedStaleFills()).isPositive();
      for (int key = 0; key < KEYS; key++) {
        assertThat(cache.get(key)).isIn(null, store.get(key));
      }
      if (!threaded) {
        assertThat(stats.weightBytes()).isEqualTo(Weights.held(cache));
      }
    }
  }

  private void write(RecordCache<Long> cache, SplittableRandom random) {
    // on a busy machine it goes on until the readers have met it
    for (int i = 0; (i < WRITES || goesOn(cache)) && failure.get() == null; i++) {
      int key = pick(random);
      cache.beginWrite(key);
      int kind = random.nextInt(10);
      if (kind == 0) {
        cache.abortWrite(key);
        continue;
      }
      long committed = store.incrementAndGet(key);
      cache.endWrite(key, kind <= 3 ? null : committed);
      if (kind == 4) {
        cache.invalidate(key);
      }
    }
  }

  private static boolean goesOn(RecordCache<Long> cache) {
    CacheStats stats = cache.stats();
    boolean haveMet = stats.hits() > 0 && stats.rejectedStaleFills() > 0;
    return !haveMet && !Thread.currentThread().isInterrupted(); // by the test's time-out
  }

  private void read(RecordCache<Long> cache, SplittableRandom random) {
    long[] seen = new long[KEYS];
    long count = 0;
    while (!done.get() && failure.get() == null) {
      int key = pick(random);
      long floor = Math.max(seen[key], store.get(key));
      String name = "key " + key;
      Long value = cache.named(name);
      if (value == null) {
        value = cache.get(key);
        if (value != null) {
          cache.name(key, name, value);
        }
      }
      count++;
      if (value == null) {
        long stamp = cache.readStamp(key);
        value = store.get(key);
        for (int pause = random.nextInt(200); pause > 0; pause--) {
          Thread.onSpinWait();
        }
        cache.fill(key, value, stamp);
      }
      if (value < floor) {
        failure.compareAndSet(null, "key " + key + ": got " + value + " after " + floor);
      }
      seen[key] = value;
    }
    gets.addAndGet(count);
  }

  private void drainAllTheTime(BoundedRecordCache<Long> cache) {
    while (!done.get()) {
      if (cache.core().drain() == 0) {
        Thread.onSpinWait();
      }
    }
    cache.drain();
  }

  /** Some keys are much hotter than others, so that writer and readers meet. */
  private static int pick(SplittableRandom random) {
    return random.nextInt(1 + random.nextInt(KEYS));
  }
}
