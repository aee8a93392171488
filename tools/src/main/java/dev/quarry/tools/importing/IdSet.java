package dev.quarry.tools.importing;

import java.util.Arrays;

/**
 * A set of ids in 16 to 32 bytes each, and up to 48 while it grows: it keeps their 64-bit hashes,
 * so that ids of millions of records fit into a small heap. Two ids are taken for one with a chance
 * of about n² / 2^65.
 */
public final class IdSet {
  private long[] table = new long[1 << 10];
  private int size;

  /** Adds an id; false if it was there. */
  public boolean add(String id) {
    if (size * 2 >= table.length) {
      grow();
    }
    return insert(hash(id));
  }

  /** Whether the id was added. */
  public boolean contains(String id) {
    long h = hash(id);
    for (int i = slot(h); table[i] != 0; i = i + 1 & table.length - 1) {
      if (table[i] == h) {
        return true;
      }
    }
    return false;
  }

  private boolean insert(long h) {
    int i = slot(h);
    while (table[i] != 0) {
      if (table[i] == h) {
        return false;
      }
      i = i + 1 & table.length - 1;
    }
    table[i] = h;
    size++;
    return true;
  }

  private int slot(long h) {
    return (int) (h >>> 32) & table.length - 1;
  }

  private void grow() {
    long[] old = table;
    table = new long[old.length * 2];
    size = 0;
    Arrays.stream(old).filter(h -> h != 0).forEach(this::insert);
  }

  private static long hash(String id) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < id.length(); i++) {
      h = (h ^ id.charAt(i)) * 0x9e3779b97f4a7c15L;
      h ^= h >>> 29;
    }
    h = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    return h == 0 ? 1 : h;
  }
}
