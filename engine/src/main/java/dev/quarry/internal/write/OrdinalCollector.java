package dev.quarry.internal.write;

import java.util.Arrays;

/**
 * Collects ordinals that come in any order and many times. Holds at most four times those that
 * differ, however often they come. Not thread-safe.
 */
final class OrdinalCollector {
  private static final int FIRST = 1_024;

  private long[] values = new long[FIRST];
  private int size;

  void add(long ordinal) {
    if (size == values.length) {
      makeRoom();
    }
    values[size++] = ordinal;
  }

  /** Once half of them are new, so that each is sorted a few times only. */
  private void makeRoom() {
    leaveEachOnce();
    if (size > values.length / 2) {
      values = Arrays.copyOf(values, Math.multiplyExact(2, values.length));
    }
  }

  private void leaveEachOnce() {
    Arrays.sort(values, 0, size);
    int left = 0;
    for (int i = 0; i < size; i++) {
      if (left == 0 || values[i] != values[left - 1]) {
        values[left++] = values[i];
      }
    }
    size = left;
  }

  /** Each once, rising. */
  long[] sorted() {
    leaveEachOnce();
    return Arrays.copyOf(values, size);
  }

  /** How many it holds, of which some may be the same. */
  int held() {
    return values.length;
  }
}
