package dev.quarry.cache;

/** A hidden entry on its way into the cache, with the stamp that the reader took. */
record Fill<V>(Number key, Entry<V> entry, long stamp) {}
