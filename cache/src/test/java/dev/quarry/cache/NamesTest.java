package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Names lead to what the cache holds, and to nothing else. */
class NamesTest {
  private static final long KEY = 7;

  @Test
  void aNameIsRememberedWhenItsKeyIsReadAgain() {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length)) {
      write(cache, KEY, "value");
      assertThat(cache.named("a")).isNull();
      cache.name(KEY, "a", "value");
      assertThat(cache.named("a")).isNull();
      cache.name(KEY, "a", "value");
      assertThat(cache.named("a")).isEqualTo("value");
      assertThat(cache.named("b")).isNull();
      assertThat(cache.stats().hits()).isEqualTo(1);
      assertThat(cache.stats().misses()).isZero();
    }
  }

  @Test
  void aWriteAnInvalidationAndACloseEndIt() {
    BoundedRecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length);
    write(cache, KEY, "one");
    nameTwice(cache, KEY, "a", "one");
    cache.beginWrite(KEY);
    assertThat(cache.named("a")).isNull();
    cache.endWrite(KEY, "two");
    assertThat(cache.named("a")).isNull();
    nameTwice(cache, KEY, "a", "two");
    assertThat(cache.named("a")).isEqualTo("two");
    cache.beginWrite(KEY);
    cache.abortWrite(KEY);
    assertThat(cache.named("a")).isNull();
    write(cache, KEY, "three");
    nameTwice(cache, KEY, "a", "three");
    cache.invalidate(KEY);
    assertThat(cache.named("a")).isNull();
    write(cache, KEY, "four");
    nameTwice(cache, KEY, "a", "four");
    cache.clear();
    assertThat(cache.named("a")).isNull();
    write(cache, KEY, "five");
    nameTwice(cache, KEY, "a", "five");
    assertThat(cache.named("a")).isEqualTo("five");
    cache.close();
    assertThat(cache.named("a")).isNull();
    cache.name(KEY, "a", "five");
    assertThat(cache.named("a")).isNull();
  }

  @Test
  void aValueThatIsNoLongerTheCachesIsNotRemembered() {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(1 << 20, String::length)) {
      write(cache, KEY, "new");
      nameTwice(cache, KEY, "a", "old");
      assertThat(cache.named("a")).isNull();
      cache.beginWrite(KEY);
      nameTwice(cache, KEY, "a", "new");
      cache.endWrite(KEY, "newer");
      assertThat(cache.named("a")).isNull();
    }
  }

  /** What a name leads to is let go of with the entry, so names add nothing to what is held. */
  @Test
  void whatLeavesTheCacheIsHeldByNoName() {
    try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(64 << 10, String::length)) {
      write(cache, KEY, "value");
      nameTwice(cache, KEY, "a", "value");
      Entry<String> entry = cache.core().entries().asMap().get(CacheCore.boxed(KEY));
      assertThat(entry.valueIfLive()).isEqualTo("value");
      cache.resize(0); // evicts without a write
      assertThat(cache.named("a")).isNull();
      assertThat(entry.valueIfLive()).isNull();
    }
  }

  /** An entry that left the cache, and was not let go of yet, when its key is written. */
  @Test
  void theStampTellsWhatTheEntryDoesNot() {
    WriteStamps stamps = new WriteStamps();
    Names<String> names = new Names<>(1 << 20, stamps);
    Entry<String> entry = Entry.live("value", 1);
    names.put(new Names.Named<>("a", KEY, stamps.stamp(KEY), entry));
    assertThat(names.find("a").entry()).isSameAs(entry);
    stamps.begin(KEY);
    assertThat(names.find("a")).isNull();
    names.put(new Names.Named<>("a", KEY, stamps.stamp(KEY), entry));
    assertThat(names.find("a")).as("named while a write is open").isNull();
    stamps.finish(KEY);
    assertThat(names.find("a")).isNull();
    assertThat(entry.valueIfLive()).isEqualTo("value");
  }

  @Test
  void aSmallCacheHasNamesToo() {
    for (long bytes : new long[] {0, 1, 4_096, 20_000}) {
      int found = 0;
      try (BoundedRecordCache<String> cache = BoundedRecordCache.manual(bytes, value -> 1)) {
        for (long key = 0; key < 100; key++) {
          write(cache, key, "value " + key);
          for (int i = 0; i < 20; i++) {
            String value = cache.get(key);
            if (value != null) {
              cache.name(key, "name " + key, value);
            }
            String named = cache.named("name " + key);
            assertThat(named).isIn(null, "value " + key);
            found += named == null ? 0 : 1;
          }
        }
      }
      // a record may weigh a 64th, and with what the cache adds weighs 137 bytes
      assertThat(found > 0)
          .as("names found in a cache of %d bytes", bytes)
          .isEqualTo(bytes > 10_000);
    }
  }

  private static void nameTwice(RecordCache<String> cache, long key, String name, String value) {
    cache.name(key, name, value);
    cache.name(key, name, value);
  }

  private static void write(RecordCache<String> cache, long key, String value) {
    cache.beginWrite(key);
    cache.endWrite(key, value);
  }
}
