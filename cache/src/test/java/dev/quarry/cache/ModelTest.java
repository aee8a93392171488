package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations against a plain map: the cache may forget, and never answers otherwise. */
class ModelTest {
  private static final int KEYS = 400;

  @ParameterizedTest(name = "roomy, seed {0}")
  @ValueSource(longs = {1, 2, 3, 20_261_121})
  void roomyCacheEqualsTheModel(long seed) {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length)) {
      run(cache, seed, true);
      assertThat(cache.stats().evictions()).isZero();
    }
  }

  @ParameterizedTest(name = "tight, seed {0}")
  @ValueSource(longs = {4, 5, 6, 20_261_122})
  void tightCacheForgetsButNeverLies(long seed) {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(16 << 10, String::length)) {
      run(cache, seed, false);
      assertThat(cache.stats().evictions()).isPositive();
    }
  }

  /** The model holds what must be cached if there is room, the store what is true. */
  private static void run(BoundedRecordCache<String> cache, long seed, boolean roomy) {
    Random random = new Random(seed);
    Map<Long, String> store = new HashMap<>();
    Map<Long, String> model = new HashMap<>();
    long gets = 0;
    long hits = 0;
    long named = 0;
    for (int step = 0; step < 50_000; step++) {
      long key = random.nextInt(KEYS) * 4_096L;
      switch (random.nextInt(20)) {
        case 0, 1 -> {
          String value = "v".repeat(random.nextInt(50)) + step;
          cache.beginWrite(key);
          assertThat(cache.core().get(key)).isNull();
          gets++;
          store.put(key, value);
          cache.endWrite(key, value);
          model.put(key, value);
        }
        case 2 -> {
          cache.beginWrite(key);
          store.remove(key);
          cache.endWrite(key, null);
          model.remove(key);
        }
        case 3 -> {
          cache.beginWrite(key);
          cache.abortWrite(key);
          model.remove(key);
        }
        case 4 -> {
          cache.invalidate(key);
          model.remove(key);
        }
        case 5 -> {
          if (random.nextInt(500) == 0) {
            cache.clear();
            model.clear();
          }
        }
        default -> {
          String value = cache.named("key " + key);
          named += value == null ? 0 : 1;
          if (value == null) {
            value = cache.get(key);
            if (value != null) {
              cache.name(key, "key " + key, value);
            }
          }
          gets++;
          hits += value == null ? 0 : 1;
          if (roomy) {
            assertThat(value).isEqualTo(model.get(key));
          } else if (value != null) {
            assertThat(value).isEqualTo(store.get(key));
          }
          String stored = store.get(key);
          if (value == null && stored != null) {
            cache.fill(key, stored, cache.readStamp(key));
            cache.drain();
            model.put(key, stored);
          }
        }
      }
    }
    CacheStats stats = cache.stats();
    assertThat(named).isPositive();
    assertThat(stats.hits()).isEqualTo(hits);
    assertThat(stats.gets()).isEqualTo(gets);
    assertThat(stats.weightBytes()).isEqualTo(Weights.held(cache));
    assertThat(stats.entries()).isEqualTo(cache.core().entries().asMap().size());
    assertThat(stats.weightBytes()).isLessThanOrEqualTo(stats.maximumWeightBytes());
  }
}
