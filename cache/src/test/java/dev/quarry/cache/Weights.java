package dev.quarry.cache;

/** The weight that a cache really holds, counted entry by entry. */
final class Weights {
  private Weights() {}

  static long held(BoundedRecordCache<?> cache) {
    return cache.core().entries().asMap().values().stream().mapToLong(Entry::weight).sum();
  }
}
