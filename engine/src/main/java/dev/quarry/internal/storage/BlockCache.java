package dev.quarry.internal.storage;

import java.util.ArrayList;
import java.util.List;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;

/**
 * RocksDB's cache of uncompressed blocks, whose limit can be lowered and raised while it is used.
 * {@link #limit} and {@link #close} are called by one thread at a time; the rest is thread-safe.
 */
final class BlockCache implements AutoCloseable {
  /** The reserve falls on the cache's shards by chance, so that the first may not be enough. */
  private static final int ATTEMPTS = 4;

  private static final int MOST_RESERVED = 4;

  /** RocksDB's own choice of shards, made here so that it is known. */
  private static final long SHARD_BYTES = 512 << 10;

  private static final int MOST_SHARD_BITS = 6;

  /** In shards of more charges than these, chance makes no difference that counts. */
  private static final int MANY_CHARGES = 64;

  /** Part of a bound by which blocks may be above it. */
  private static final int TOLERANCE = 16;

  private final Cache cache;
  private final long capacity;
  private final int shards;
  private final List<CacheReserve> reserves = new ArrayList<>();
  private volatile long reserved;

  BlockCache(long capacity) {
    this.capacity = capacity;
    int bits = 63 - Long.numberOfLeadingZeros(Math.max(1, capacity / SHARD_BYTES));
    shards = 1 << Math.min(MOST_SHARD_BITS, bits);
    cache = new LRUCache(capacity, Math.min(MOST_SHARD_BITS, bits));
  }

  /** For the tables' options. */
  Cache handle() {
    return cache;
  }

  /** Bytes that blocks take. */
  long usage() {
    return Math.max(0, cache.getUsage() - reserved);
  }

  /** Of these, bytes in use at this moment or pinned, which no eviction frees. */
  long pinned() {
    return Math.max(0, cache.getPinnedUsage() - reserved);
  }

  /** Leaves blocks about so many bytes, evicting the least used; the capacity at most. */
  void limit(long bytes) {
    long wanted = reserveFor(bytes);
    for (int i = 0; i < ATTEMPTS; i++) {
      reserve(wanted);
      long excess = usage() - Math.max(bytes, pinned());
      if (wanted == 0 || excess <= bytes / TOLERANCE || wanted >= MOST_RESERVED * capacity) {
        return;
      }
      wanted = Math.min(MOST_RESERVED * capacity, wanted + 2 * excess);
    }
  }

  /**
   * The least reserve that is likely to leave blocks no more than so many bytes. A cache is charged
   * in pieces, each in a shard of chance, and what a shard is charged beyond its size takes nothing
   * from the others: so a small bound takes a reserve of more than the capacity.
   */
  private long reserveFor(long bytes) {
    if (bytes >= capacity) {
      return 0;
    }
    double inShard = (double) capacity / shards / CacheReserve.CHARGE_BYTES;
    if (inShard > MANY_CHARGES) {
      return capacity - bytes;
    }
    long low = 0;
    long high = MOST_RESERVED * capacity / CacheReserve.CHARGE_BYTES;
    while (low < high) {
      long pieces = (low + high) / 2;
      if (expectedRoom(inShard, (double) pieces / shards) * shards <= bytes) {
        high = pieces;
      } else {
        low = pieces + 1;
      }
    }
    return low * CacheReserve.CHARGE_BYTES;
  }

  /** Bytes of a shard that charges leave, of which there are {@code mean} (Poisson) in it. */
  private static double expectedRoom(double inShard, double mean) {
    double probability = Math.exp(-mean);
    double room = 0;
    for (int charges = 0; charges < inShard; charges++) {
      room += probability * (inShard - charges);
      probability *= mean / (charges + 1);
    }
    return room * CacheReserve.CHARGE_BYTES;
  }

  private void reserve(long bytes) {
    // the old ones go last, so that what is given up is not filled and evicted once more
    List<CacheReserve> before = List.copyOf(reserves);
    long sum = reserved;
    for (long left = bytes; left > 0; left -= CacheReserve.MOST_BYTES) {
      CacheReserve piece = new CacheReserve(cache, left);
      reserves.add(piece);
      sum += piece.bytes();
      reserved = sum;
    }
    for (CacheReserve old : before) {
      reserves.remove(old);
      old.close();
      sum -= old.bytes();
      reserved = sum;
    }
  }

  @Override
  public void close() {
    reserves.forEach(CacheReserve::close);
    reserves.clear();
    cache.close();
  }
}
