package dev.quarry.internal.read;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The heap that the cursors of a store may hold to sort. Each has {@value #FLOOR} bytes, and may
 * grow up to {@value #LARGEST} as long as all together have no more beyond that than an eighth of
 * the heap. Thread-safe.
 */
public final class SortMemory {
  private static final long FLOOR = 2 << 20;
  private static final long LARGEST = 32 << 20;
  private static final int SHARE = 8;

  /** What a task of a usual order takes in a {@link SortedRun}. */
  private static final int USUAL_BYTES = 32;

  private final long floor;
  private final long largest;
  private final long shared;
  private final AtomicLong left;

  /**
   * Memory for sorting.
   *
   * @param floor what each may hold in any case
   * @param largest what none may pass
   * @param shared what all together may hold beyond their floors
   */
  public SortMemory(long floor, long largest, long shared) {
    this.floor = floor;
    this.largest = Math.max(floor, largest);
    this.shared = shared;
    this.left = new AtomicLong(shared);
  }

  /** The share of a heap of this size. */
  static SortMemory ofHeap(long bytes) {
    long share = bytes / SHARE;
    return new SortMemory(FLOOR, Math.min(LARGEST, share), share);
  }

  /** For what has a bound of its own. */
  public static SortMemory unlimited() {
    return new SortMemory(Long.MAX_VALUE, 0, 0);
  }

  /** What all hold beyond their floors. */
  public long taken() {
    return shared - left.get();
  }

  /** How many tasks the largest run has, about. */
  long tasksInRun() {
    return Math.max(1, largest / USUAL_BYTES);
  }

  /**
   * Asks for more.
   *
   * @param held what the one who asks has
   * @param more that it wants
   * @param must whether it cannot do without
   */
  boolean grow(long held, long more, boolean must) {
    long bytes = beyondFloor(held + more) - beyondFloor(held);
    if (!must && held + more > largest) {
      return false;
    }
    if (left.addAndGet(-bytes) >= 0 || bytes == 0 || must) {
      return true;
    }
    left.addAndGet(bytes);
    return false;
  }

  /** Gives all back that one holds. */
  void release(long held) {
    left.addAndGet(beyondFloor(held));
  }

  private long beyondFloor(long held) {
    return Math.max(0, held - floor);
  }
}
