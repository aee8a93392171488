package dev.quarry.bench.jcstress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A row of words behind a stamp, off the heap, under the protocol of the index: the writer makes
 * the stamp odd, writes, and makes it even again; a reader looks at the stamp, copies, and looks
 * again. One thread writes.
 */
final class StampedRow {
  static final int WORDS = 4;

  private static final VarHandle MEMORY =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory =
      ByteBuffer.allocateDirect((WORDS + 2) * Long.BYTES).alignedSlice(Long.BYTES);
  private long present;

  private long word(int number) {
    return (long) MEMORY.getOpaque(memory, number * Long.BYTES);
  }

  /** Writes 1 into every word, or 0, in turn. */
  void toggle() {
    long stamp = word(0);
    MEMORY.setOpaque(memory, 0, stamp + 1);
    VarHandle.storeStoreFence();
    present = 1 - present;
    for (int i = 1; i <= WORDS; i++) {
      MEMORY.setOpaque(memory, i * Long.BYTES, present);
    }
    MEMORY.setRelease(memory, 0, stamp + 2);
  }

  /** What every word was at one moment. */
  int read() {
    while (true) {
      long stamp = stamp();
      int seen = copied();
      VarHandle.loadLoadFence();
      if (stamp == word(0)) {
        return seen;
      }
    }
  }

  /** The same without the second look. */
  int readLookingOnce() {
    stamp();
    return copied();
  }

  /** Of a row that nobody writes now. */
  private long stamp() {
    long stamp = (long) MEMORY.getAcquire(memory, 0);
    while ((stamp & 1) != 0) {
      Thread.onSpinWait();
      stamp = (long) MEMORY.getAcquire(memory, 0);
    }
    return stamp;
  }

  /** What all words are, or -1. */
  private int copied() {
    long first = word(1);
    boolean same = true;
    for (int i = 2; i <= WORDS; i++) {
      same &= word(i) == first;
    }
    return same ? (int) first : -1;
  }
}
