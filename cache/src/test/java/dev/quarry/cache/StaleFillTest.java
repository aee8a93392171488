package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every order in which a slow fill can meet a write, one step at a time. */
@Timeout(60)
class StaleFillTest {
  private static final long KEY = 42;

  private final BoundedRecordCache<String> cache =
      BoundedRecordCache.manual(64 << 10, String::length);

  @AfterEach
  void weightIsExact() {
    assertThat(cache.stats().weightBytes()).isEqualTo(Weights.held(cache));
    cache.close();
  }

  @Test
  void fillWithoutWriteIsSeen() {
    cache.fill(KEY, "old", cache.readStamp(KEY));
    cache.drain();
    assertThat(cache.get(KEY)).isEqualTo("old");
  }

  @Test
  void pausedReaderDoesNotCoverTheNewerValue() throws InterruptedException {
    AtomicReference<String> store = new AtomicReference<>("old");
    CountDownLatch hasRead = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Thread reader =
        new Thread(
            () -> {
              long stamp = cache.readStamp(KEY);
              String value = store.get();
              hasRead.countDown();
              awaitQuietly(goOn);
              cache.fill(KEY, value, stamp);
            });
    reader.start();
    hasRead.await();
    cache.beginWrite(KEY);
    store.set("new");
    cache.endWrite(KEY, "new");
    goOn.countDown();
    reader.join();
    cache.drain();
    assertThat(cache.get(KEY)).isEqualTo("new");
    assertThat(cache.stats().rejectedStaleFills()).isEqualTo(1);
  }

  @Test
  void pausedReaderDoesNotResurrectAfterEviction() {
    long stamp = cache.readStamp(KEY);
    cache.beginWrite(KEY);
    cache.endWrite(KEY, "new");
    evictEverything();
    assertThat(cache.get(KEY)).isNull();
    cache.fill(KEY, "old", stamp);
    cache.drain();
    assertThat(cache.get(KEY)).isNull();
    assertThat(cache.stats().rejectedStaleFills()).isEqualTo(1);
  }

  @Test
  void queuedFillDoesNotResurrectAfterWriteAndEviction() {
    cache.fill(KEY, "old", cache.readStamp(KEY));
    cache.beginWrite(KEY);
    cache.endWrite(KEY, "new");
    evictEverything();
    cache.drain();
    assertThat(cache.get(KEY)).isNull();
  }

  @Test
  void stampTakenDuringTheWriteIsRefused() {
    cache.beginWrite(KEY);
    long stamp = cache.readStamp(KEY);
    cache.fill(KEY, "either", stamp);
    cache.endWrite(KEY, null);
    cache.fill(KEY, "either", stamp);
    cache.drain();
    assertThat(cache.get(KEY)).isNull();
    assertThat(cache.stats().rejectedStaleFills()).isEqualTo(2);
  }

  @Test
  void stampOutlivesNeitherAbortNorInvalidateNorClear() {
    long stamp = cache.readStamp(KEY);
    cache.beginWrite(KEY);
    cache.abortWrite(KEY);
    cache.fill(KEY, "old", stamp);
    stamp = cache.readStamp(KEY);
    cache.invalidate(KEY);
    cache.fill(KEY, "old", stamp);
    stamp = cache.readStamp(KEY);
    cache.clear();
    cache.fill(KEY, "old", stamp);
    cache.drain();
    assertThat(cache.get(KEY)).isNull();
    assertThat(cache.stats().rejectedStaleFills()).isEqualTo(3);
  }

  @Test
  void writeBetweenInsertionAndPublicationWins() {
    Fill<String> fill = new Fill<>(KEY, Entry.hidden("old", 200), cache.readStamp(KEY));
    assertThat(cache.core().insertHidden(fill)).isTrue();
    assertThat(cache.get(KEY)).isNull();
    cache.beginWrite(KEY);
    cache.core().publish(fill);
    assertThat(cache.get(KEY)).isNull();
    cache.endWrite(KEY, "new");
    assertThat(cache.get(KEY)).isEqualTo("new");
  }

  @Test
  void wholeWriteBetweenInsertionAndPublicationWins() {
    Fill<String> fill = new Fill<>(KEY, Entry.hidden("old", 200), cache.readStamp(KEY));
    assertThat(cache.core().insertHidden(fill)).isTrue();
    cache.beginWrite(KEY);
    cache.endWrite(KEY, "new");
    cache.core().publish(fill);
    assertThat(cache.get(KEY)).isEqualTo("new");
  }

  @Test
  void invalidationBetweenInsertionAndPublicationWins() {
    Fill<String> fill = new Fill<>(KEY, Entry.hidden("old", 200), cache.readStamp(KEY));
    assertThat(cache.core().insertHidden(fill)).isTrue();
    cache.invalidate(KEY);
    cache.core().publish(fill);
    assertThat(cache.get(KEY)).isNull();
  }

  @Test
  void fillNeverReplacesAPresentValue() {
    cache.beginWrite(KEY);
    cache.endWrite(KEY, "new");
    cache.fill(KEY, "other", cache.readStamp(KEY));
    cache.drain();
    assertThat(cache.get(KEY)).isEqualTo("new");
  }

  @Test
  void oldValueIsHiddenFromBeginToEnd() {
    cache.beginWrite(KEY);
    cache.endWrite(KEY, "old");
    cache.beginWrite(KEY);
    assertThat(cache.get(KEY)).isNull();
    assertThat(cache.peek(KEY)).isNull();
    cache.abortWrite(KEY);
    assertThat(cache.get(KEY)).isNull();
  }

  @Test
  void batchMayWriteSeveralKeysOfOneStripe() {
    long other = KEY + 1;
    while (WriteStamps.stripe(other) != WriteStamps.stripe(KEY)) {
      other++;
    }
    cache.beginWrite(KEY);
    cache.beginWrite(other);
    cache.endWrite(KEY, "a");
    cache.fill(other, "stale", cache.readStamp(other));
    cache.endWrite(other, "b");
    cache.drain();
    assertThat(cache.get(KEY)).isEqualTo("a");
    assertThat(cache.get(other)).isEqualTo("b");
    cache.invalidate(KEY);
    cache.fill(KEY, "a", cache.readStamp(KEY));
    cache.drain();
    assertThat(cache.get(KEY)).isEqualTo("a");
  }

  @Test
  void endWithoutBeginIsRefused() {
    assertThatThrownBy(() -> cache.endWrite(KEY, "new")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.abortWrite(KEY)).isInstanceOf(IllegalStateException.class);
    assertThat(cache.get(KEY)).isNull();
  }

  @Test
  void failingWeigherEndsTheWriteWithNothingCached() {
    try (BoundedRecordCache<String> strict =
        BoundedRecordCache.manual(
            64 << 10,
            value -> {
              if (value.isEmpty()) {
                throw new UnsupportedOperationException("planned");
              }
              return value.equals("negative") ? -1 : 1;
            })) {
      strict.beginWrite(KEY);
      strict.endWrite(KEY, "old");
      strict.beginWrite(KEY);
      assertThatThrownBy(() -> strict.endWrite(KEY, ""))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(strict.get(KEY)).isNull();
      assertThatThrownBy(() -> strict.fill(KEY, "negative", strict.readStamp(KEY)))
          .isInstanceOf(IllegalArgumentException.class);
      strict.fill(KEY, "good", strict.readStamp(KEY));
      strict.drain();
      assertThat(strict.get(KEY)).isEqualTo("good");
      assertThat(strict.stats().weightBytes()).isEqualTo(Weights.held(strict));
    }
  }

  private void evictEverything() {
    cache.resize(0);
    cache.resize(64 << 10);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
