package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers go on while other threads hold, and never give back, every lock that Caffeine has. */
@Timeout(60)
class ReaderLockFreedomTest {
  private static final long KEY = 7;

  @Test
  void readersPassAHeldMonitorOfTheSameBin() throws InterruptedException {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length)) {
      write(cache, KEY, "value");
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      AtomicReference<Entry<String>> kept = new AtomicReference<>();
      Thread holder =
          new Thread(
              () -> {
                Entry<String> computed =
                    cache
                        .core()
                        .entries()
                        .asMap()
                        .compute(
                            CacheCore.boxed(KEY),
                            (key, entry) -> {
                              held.countDown();
                              awaitQuietly(release);
                              return entry;
                            });
                kept.set(computed);
              });
      holder.start();
      held.await();
      try {
        readAndFill(cache);
        // the look-up of the committer's first step takes no monitor either
        cache.beginWrite(KEY);
        assertThat(cache.get(KEY)).isNull();
        assertThat(holder.isAlive()).isTrue();
      } finally {
        // or close would wait for the monitor
        release.countDown();
      }
      holder.join();
      assertThat(kept.get()).as("the entry whose bin was held").isNotNull();
      cache.abortWrite(KEY);
    }
  }

  @Test
  void readersPassAHeldEvictionLock() throws InterruptedException {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(30_000, String::length)) {
      write(cache, KEY, "value");
      for (long key = 1_000; key < 1_500; key++) {
        write(cache, key, "filler");
      }
      write(cache, KEY, "value");
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      Thread holder =
          new Thread(
              () -> {
                long visited =
                    cache
                        .core()
                        .entries()
                        .policy()
                        .eviction()
                        .orElseThrow()
                        .coldest(
                            entries -> {
                              held.countDown();
                              awaitQuietly(release);
                              return entries.count();
                            });
                assertThat(visited).isPositive();
              });
      holder.start();
      held.await();
      try {
        readAndFill(cache);
        assertThat(cache.stats().entries()).isPositive();
        assertThat(holder.isAlive()).isTrue();
      } finally {
        release.countDown();
      }
      holder.join();
    }
  }

  /** Far more reads and fills than any buffer takes, in the thread of the test. */
  private static void readAndFill(BoundedRecordCache<String> cache) {
    for (int i = 0; i < 20_000; i++) {
      assertThat(cache.get(KEY)).isEqualTo("value");
      cache.name(KEY, "name", "value");
      assertThat(cache.named("name")).isIn(null, "value");
      assertThat(cache.get(500 + i % 100)).isNull();
      long stamp = cache.readStamp(KEY);
      cache.fill(KEY, "value", stamp);
    }
    assertThat(cache.named("name")).isEqualTo("value");
    assertThat(cache.stats().droppedFills()).isPositive();
  }

  private static void write(RecordCache<String> cache, long key, String value) {
    cache.beginWrite(key);
    cache.endWrite(key, value);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
