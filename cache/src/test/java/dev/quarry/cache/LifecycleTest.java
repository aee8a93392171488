package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LifecycleTest {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closedCacheReadsNothingAndRefusesWrites(boolean bounded) {
    RecordCache<String> cache =
        bounded ? RecordCache.create(1 << 20, String::length) : RecordCache.disabled();
    cache.beginWrite(1);
    cache.endWrite(1, "one");
    assertThat(cache.get(1)).isEqualTo(bounded ? "one" : null);
    long stamp = cache.readStamp(2);
    cache.close();
    cache.close();

    assertThat(cache.get(1)).isNull();
    assertThatCode(() -> cache.fill(2, "two", stamp)).doesNotThrowAnyException();
    assertThat(cache.get(2)).isNull();
    List<Consumer<RecordCache<String>>> writes =
        List.of(
            c -> c.beginWrite(1),
            c -> c.endWrite(1, "x"),
            c -> c.abortWrite(1),
            c -> c.invalidate(1),
            RecordCache::clear,
            c -> c.resize(1));
    for (Consumer<RecordCache<String>> write : writes) {
      assertThatThrownBy(() -> write.accept(cache)).isInstanceOf(IllegalStateException.class);
    }
    CacheStats stats = cache.stats();
    assertThat(stats.gets()).isEqualTo(3);
    assertThat(stats.entries()).isZero();
    assertThat(stats.weightBytes()).isZero();
  }

  @Test
  void closeEndsTheThread() {
    BoundedRecordCache<String> cache = BoundedRecordCache.start(1 << 20, String::length);
    Thread thread = cache.thread();
    assertThat(thread.isAlive()).isTrue();
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getName()).isEqualTo("quarry-cache-fill");
    cache.close();
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void closeKeepsTheInterruptOfItsCaller() {
    BoundedRecordCache<String> cache = BoundedRecordCache.start(1 << 20, String::length);
    Thread.currentThread().interrupt();
    cache.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(cache.thread().isAlive()).isFalse();
  }

  @Test
  void fillArrivesThroughTheThread() {
    try (RecordCache<String> cache = RecordCache.create(1 << 20, String::length)) {
      for (long key = 0; key < 200; key++) {
        cache.fill(key, "value", cache.readStamp(key));
        while (cache.get(key) == null) {
          Thread.onSpinWait();
        }
      }
      assertThat(cache.stats().entries()).isEqualTo(200);
    }
  }

  @Test
  void fillWakesTheSleepingThread() {
    long anHour = TimeUnit.HOURS.toNanos(1);
    try (BoundedRecordCache<String> cache =
        BoundedRecordCache.start(1 << 20, String::length, anHour)) {
      for (int i = 0; i < 3; i++) {
        // asleep for an hour, not pausing for a millisecond
        while (!cache.isThreadSleeping()) {
          Thread.onSpinWait();
        }
        cache.fill(i, "value", cache.readStamp(i));
        long start = System.nanoTime();
        while (cache.get(i) == null) {
          assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(30));
        }
      }
    }
  }

  @Test
  void interruptDoesNotEndTheThread() {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.start(1 << 20, String::length)) {
      cache.thread().interrupt();
      cache.fill(1, "value", cache.readStamp(1));
      while (cache.get(1) == null) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aRoundWithoutMemoryDoesNotEndTheThread() throws InterruptedException {
    AtomicInteger rounds = new AtomicInteger();
    CountDownLatch second = new CountDownLatch(1);
    IntSupplier round =
        () -> {
          if (rounds.incrementAndGet() == 1) {
            throw new OutOfMemoryError("planned");
          }
          second.countDown();
          return 0;
        };
    CacheCore<String> core = new CacheCore<>(1 << 20, String::length);
    try (RecordCache<String> owner = RecordCache.disabled()) {
      FillWorker worker = new FillWorker(core, round, owner, FillWorker.SLEEP_NANOS);
      worker.start();
      try {
        assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.thread().isAlive()).isTrue();
      } finally {
        worker.stop();
      }
    }
  }

  @Test
  void threadEndsWhenTheCacheIsForgotten() {
    Thread thread = threadOfAForgottenCache();
    while (thread.isAlive()) {
      System.gc();
      LockSupport.unpark(thread);
    }
  }

  private static Thread threadOfAForgottenCache() {
    BoundedRecordCache<String> cache = BoundedRecordCache.start(1 << 20, String::length);
    cache.fill(1, "value", cache.readStamp(1));
    return cache.thread();
  }
}
