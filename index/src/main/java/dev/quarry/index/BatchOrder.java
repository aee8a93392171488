package dev.quarry.index;

/**
 * The term changes of a batch in the order of their containers, and in their given order within
 * one; so that each container is edited once. Reused from batch to batch.
 */
final class BatchOrder {
  private static final int SMALL = 24;

  private long[] keys = new long[32];
  private int[] changes = new int[32];
  private long[] otherKeys = new long[0];
  private int[] otherChanges = new int[0];
  private int size;

  void reset(int capacity) {
    size = 0;
    if (keys.length < capacity || keys.length > 1 << 20) {
      keys = new long[Math.max(32, capacity)];
      changes = new int[keys.length];
      otherKeys = new long[0];
      otherChanges = new int[0];
    }
  }

  void add(long key, int change) {
    keys[size] = key;
    changes[size++] = change;
  }

  int size() {
    return size;
  }

  long key(int at) {
    return keys[at];
  }

  int[] changes() {
    return changes;
  }

  /** One past the last position with the key of {@code from}. */
  int endOfRun(int from) {
    int to = from + 1;
    while (to < size && keys[to] == keys[from]) {
      to++;
    }
    return to;
  }

  /** Sorts by key, stable. */
  void sort() {
    for (int from = 0; from < size; from += SMALL) {
      insertionSort(from, Math.min(from + SMALL, size));
    }
    if (size > SMALL && otherKeys.length < size) {
      otherKeys = new long[keys.length];
      otherChanges = new int[keys.length];
    }
    for (int width = SMALL; width < size; width <<= 1) {
      for (int from = 0; from < size; from += 2 * width) {
        merge(from, Math.min(from + width, size), Math.min(from + 2 * width, size));
      }
      long[] sortedKeys = otherKeys;
      otherKeys = keys;
      keys = sortedKeys;
      int[] sortedChanges = otherChanges;
      otherChanges = changes;
      changes = sortedChanges;
    }
  }

  private void insertionSort(int from, int to) {
    for (int i = from + 1; i < to; i++) {
      long key = keys[i];
      int change = changes[i];
      int j = i - 1;
      for (; j >= from && keys[j] > key; j--) {
        keys[j + 1] = keys[j];
        changes[j + 1] = changes[j];
      }
      keys[j + 1] = key;
      changes[j + 1] = change;
    }
  }

  private void merge(int from, int middle, int to) {
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft = right >= to || (left < middle && keys[left] <= keys[right]);
      int at = takeLeft ? left++ : right++;
      otherKeys[i] = keys[at];
      otherChanges[i] = changes[at];
    }
  }
}
