package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The weight stays within 5 % above the limit, at every moment and not only at rest. */
@Timeout(120)
class WeightBoundTest {
  private static final long LIMIT = 4 << 20;
  private static final int RECORDS = 100_000;
  private static final int OPERATIONS = 1_000_000;

  @Test
  void millionRandomGetsAndFillsSeed31() throws InterruptedException {
    try (BoundedRecordCache<Integer> cache = BoundedRecordCache.start(LIMIT, Integer::intValue)) {
      AtomicBoolean done = new AtomicBoolean();
      AtomicLong highest = new AtomicLong();
      Thread watcher =
          new Thread(
              () -> {
                while (!done.get()) {
                  highest.accumulateAndGet(cache.stats().weightBytes(), Math::max);
                }
              });
      watcher.start();
      SplittableRandom random = new SplittableRandom(31);
      for (int i = 0; i < OPERATIONS; i++) {
        long key = random.nextInt(RECORDS);
        // sizes that differ by key, now and then near the largest that is taken
        int size = (int) (key % 50 == 0 ? 60_000 : key % 1_500);
        if (cache.get(key) == null) {
          cache.fill(key, size, cache.readStamp(key));
        }
        if (i % 16 == 0) {
          cache.beginWrite(key);
          cache.endWrite(key, size);
        }
        if (i % 50_000 == 0) {
          assertThat(Weights.held(cache)).isLessThanOrEqualTo(LIMIT + LIMIT / 20);
          highest.accumulateAndGet(cache.stats().weightBytes(), Math::max); // the watcher may rest
        }
      }
      done.set(true);
      watcher.join();
      CacheStats stats = cache.stats();
      assertThat(highest.get()).isBetween(LIMIT * 8 / 10, LIMIT + LIMIT / 20);
      assertThat(stats.evictions()).isPositive();
      assertThat(stats.gets()).isEqualTo(OPERATIONS);
    }
  }

  @Test
  void countedWeightIsTheWeightHeld() {
    try (BoundedRecordCache<Integer> cache = BoundedRecordCache.manual(LIMIT, Integer::intValue)) {
      SplittableRandom random = new SplittableRandom(32);
      for (int i = 0; i < 100_000; i++) {
        long key = random.nextInt(RECORDS);
        cache.fill(key, 500, cache.readStamp(key));
        if (i % 10 == 0) {
          cache.beginWrite(key + 1);
          cache.endWrite(key + 1, 700);
        }
        if (i % 100 == 0) {
          cache.drain();
          assertThat(cache.stats().weightBytes()).isLessThanOrEqualTo(LIMIT);
        }
        if (i % 5_000 == 0) {
          assertThat(cache.stats().weightBytes()).isEqualTo(Weights.held(cache));
        }
      }
      cache.clear();
      assertThat(cache.stats().weightBytes()).isZero();
      assertThat(cache.stats().entries()).isZero();
    }
  }

  @Test
  void tooHeavyRecordIsNotCachedAndLeavesNoOldValue() {
    try (BoundedRecordCache<Integer> cache = BoundedRecordCache.manual(LIMIT, Integer::intValue)) {
      int heavy = (int) (LIMIT / 64);
      cache.beginWrite(1);
      cache.endWrite(1, 10);
      cache.beginWrite(1);
      cache.endWrite(1, heavy);
      assertThat(cache.get(1)).isNull();
      cache.fill(1, Integer.MAX_VALUE, cache.readStamp(1));
      cache.drain();
      assertThat(cache.get(1)).isNull();
      assertThat(cache.stats().weightBytes()).isZero();
      assertThat(cache.stats().droppedFills()).isEqualTo(1);
    }
  }

  @Test
  void zeroKeepsNothingAndNegativeIsRefused() {
    try (BoundedRecordCache<Integer> cache = BoundedRecordCache.manual(0, Integer::intValue)) {
      cache.fill(1, 1, cache.readStamp(1));
      cache.beginWrite(2);
      cache.endWrite(2, 2);
      cache.drain();
      assertThat(cache.stats().entries()).isZero();
      assertThatThrownBy(() -> cache.resize(-1)).isInstanceOf(IllegalArgumentException.class);
      cache.resize(Long.MAX_VALUE);
      cache.beginWrite(2);
      cache.endWrite(2, 2);
      assertThat(cache.get(2)).isEqualTo(2);
    }
    assertThatThrownBy(() -> RecordCache.create(-1, value -> 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Nothing is made before the first record comes, and then with the limit of then. */
  @Test
  void anEmptyCacheCanBeResizedReadAndCleared() {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length)) {
      assertThat(cache.get(1)).isNull();
      assertThat(cache.stats().entries()).isZero();
      assertThat(cache.stats().weightBytes()).isZero();
      cache.clear();
      cache.invalidate(1);
      cache.drain();
      cache.resize(20_000);
      for (long key = 0; key < 1_000; key++) {
        cache.beginWrite(key);
        cache.endWrite(key, "some text");
      }
      assertThat(cache.stats().weightBytes()).isBetween(15_000L, 21_000L);
      assertThat(cache.stats().evictions()).isPositive();
    }
  }
}
