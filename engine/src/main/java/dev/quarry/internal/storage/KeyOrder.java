package dev.quarry.internal.storage;

import java.util.Arrays;

/**
 * The entries of a batch in the order of their families and keys, those of one key as they were
 * given: a merge sort that passes over what is in order already, as most of a commit's records are.
 * Reused from batch to batch; not thread-safe.
 */
final class KeyOrder {
  private static final int SMALL = 12;
  private static final int FIRST_CAPACITY = 16;

  private int[] order = new int[FIRST_CAPACITY];
  private int[] other = new int[FIRST_CAPACITY];

  /** The first sixteen bytes of each key, which tell most of them apart. */
  private long[] heads = new long[2 * FIRST_CAPACITY];

  private int[] families;
  private byte[] bytes;
  private int[] starts;
  private int[] lengths;

  /** The numbers of the entries in order, as many as there are; valid until the next call. */
  int[] of(int[] families, byte[] bytes, int[] starts, int[] lengths, int count) {
    this.families = families;
    this.bytes = bytes;
    this.starts = starts;
    this.lengths = lengths;
    if (order.length < count) {
      order = new int[starts.length];
      other = new int[starts.length];
      heads = new long[2 * starts.length];
    }
    for (int i = 0; i < count; i++) {
      order[i] = i;
      heads[2 * i] = head(starts[i], lengths[i]);
      heads[2 * i + 1] = head(starts[i] + Long.BYTES, lengths[i] - Long.BYTES);
    }
    sort(count);
    this.families = null;
    this.bytes = null;
    this.starts = null;
    this.lengths = null;
    return order;
  }

  void clear() {
    order = new int[FIRST_CAPACITY];
    other = new int[FIRST_CAPACITY];
    heads = new long[2 * FIRST_CAPACITY];
  }

  /** Up to eight bytes as a number, big-endian, zeros behind them. */
  private long head(int start, int length) {
    long head = 0;
    int given = Math.max(0, Math.min(Long.BYTES, length));
    for (int i = 0; i < given; i++) {
      head = (head << 8) | (bytes[start + i] & 0xFF);
    }
    return given == 0 ? 0 : head << (8 * (Long.BYTES - given));
  }

  private void sort(int count) {
    for (int from = 0; from < count; from += SMALL) {
      insertionSort(from, Math.min(from + SMALL, count));
    }
    for (int width = SMALL; width < count; width <<= 1) {
      for (int from = 0; from < count; from += 2 * width) {
        merge(from, Math.min(from + width, count), Math.min(from + 2 * width, count));
      }
      int[] merged = other;
      other = order;
      order = merged;
    }
  }

  private void insertionSort(int from, int to) {
    for (int i = from + 1; i < to; i++) {
      int entry = order[i];
      int j = i - 1;
      for (; j >= from && compare(order[j], entry) > 0; j--) {
        order[j + 1] = order[j];
      }
      order[j + 1] = entry;
    }
  }

  private void merge(int from, int middle, int to) {
    if (middle == to || compare(order[middle - 1], order[middle]) <= 0) {
      System.arraycopy(order, from, other, from, to - from);
      return;
    }
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft = right >= to || (left < middle && compare(order[left], order[right]) <= 0);
      other[i] = order[takeLeft ? left++ : right++];
    }
  }

  private int compare(int a, int b) {
    if (families[a] != families[b]) {
      return families[a] < families[b] ? -1 : 1;
    }
    if (heads[2 * a] != heads[2 * b]) {
      return Long.compareUnsigned(heads[2 * a], heads[2 * b]);
    }
    if (heads[2 * a + 1] != heads[2 * b + 1]) {
      return Long.compareUnsigned(heads[2 * a + 1], heads[2 * b + 1]);
    }
    return Arrays.compareUnsigned(
        bytes, starts[a], starts[a] + lengths[a], bytes, starts[b], starts[b] + lengths[b]);
  }
}
