package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheStatsTest {

  @Test
  void hitRateIsAbsentBeforeTheFirstRead() {
    try (RecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length)) {
      assertThat(cache.stats().hitRate()).isEmpty();
      assertThat(cache.get(1)).isNull();
      assertThat(cache.stats().hitRate()).hasValue(0);
      cache.beginWrite(1);
      cache.endWrite(1, "value");
      assertThat(cache.peek(1)).as("counts nothing").isEqualTo("value");
      assertThat(cache.peek(2)).isNull();
      assertThat(cache.get(1)).isEqualTo("value");
      assertThat(cache.get(1)).isEqualTo("value");
      assertThat(cache.get(1)).isEqualTo("value");
      assertThat(cache.stats().hitRate()).hasValue(0.75);
    }
  }

  @Test
  void disabledCacheCountsItsMisses() {
    try (RecordCache<String> cache = RecordCache.disabled()) {
      cache.resize(1 << 20);
      cache.fill(1, "value", cache.readStamp(1));
      assertThat(cache.get(1)).isNull();
      assertThat(cache.stats()).isEqualTo(new CacheStats(0, 1, 0, 0, 0, 0, 0, 0));
    }
  }
}
