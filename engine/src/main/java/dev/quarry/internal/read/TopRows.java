package dev.quarry.internal.read;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** The first rows of an order, kept in a bounded heap whose top is the last of them. */
final class TopRows {
  private final RowKey.Sorter sorter;
  private final int limit;
  private final PriorityQueue<RowKey> heap;

  TopRows(RowKey.Sorter sorter, int limit) {
    this.sorter = sorter;
    this.limit = limit;
    this.heap = new PriorityQueue<>(Math.min(limit, 1024), (a, b) -> sorter.compare(b, a));
  }

  void offer(RowKey key) {
    if (heap.size() < limit) {
      heap.add(key);
    } else if (sorter.compare(key, heap.peek()) < 0) {
      heap.poll();
      heap.add(key);
    }
  }

  void offerRow(long ordinal, long[] row) {
    if (heap.size() < limit || sorter.compareRow(ordinal, row, heap.peek()) < 0) {
      offer(sorter.ofRow(ordinal, row));
    }
  }

  /** The last of them, which a further one has to come before where it is full. */
  RowKey last() {
    return heap.peek();
  }

  boolean isFull() {
    return heap.size() >= limit;
  }

  List<RowKey> sorted() {
    List<RowKey> rows = new ArrayList<>(heap);
    rows.sort(sorter::compare);
    return rows;
  }
}
