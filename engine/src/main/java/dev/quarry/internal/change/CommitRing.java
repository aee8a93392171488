package dev.quarry.internal.change;

import dev.quarry.Task;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitListener;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.internal.write.TaskTexts;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The recent commits, for readers that follow closely. One thread at a time writes (the committing
 * one); it never waits and never runs a reader's code. Bounded by a number of commits and by their
 * bytes: who finds a commit missing reads the change log.
 */
final class CommitRing implements CommitListener {
  private static final int SLOTS = 1 << 12;
  private static final long MAX_BYTES = 32L << 20;
  private static final int TASK_BYTES = 500;

  /** What a short text takes beside its characters. */
  private static final int TEXT_BYTES = 48;

  private final AtomicReferenceArray<Commit> slots = new AtomicReferenceArray<>(SLOTS);
  private final long[] bytes = new long[SLOTS];
  private long held;
  private long oldest;
  private volatile boolean active;
  private volatile long last;
  private volatile Thread reader;
  private volatile boolean readerParked;

  CommitRing(long last) {
    this.last = last;
    this.oldest = last + 1;
  }

  /** Begins to keep commits, and to wake {@code dispatcher} for each. */
  void activate(Thread dispatcher) {
    reader = dispatcher;
    active = true;
  }

  /** Goes on behind a commit that nobody needs from here, before anything is kept. */
  void skipTo(long sequence) {
    if (sequence > last) {
      last = sequence;
      oldest = sequence + 1;
    }
  }

  @Override
  public void committed(Commit commit) {
    if (active) {
      keep(commit);
    }
    last = commit.sequence();
    if (readerParked) {
      wake();
    }
  }

  private void keep(Commit commit) {
    long sequence = commit.sequence();
    long size = sizeOf(commit);
    while (oldest < sequence && (sequence - oldest >= SLOTS || held + size > MAX_BYTES)) {
      drop(oldest++);
      if (held == 0 && sequence - oldest >= SLOTS) {
        oldest = sequence;
      }
    }
    if (size <= MAX_BYTES) {
      int slot = slot(sequence);
      bytes[slot] = size;
      held += size;
      slots.set(slot, commit);
    }
  }

  private void drop(long sequence) {
    int slot = slot(sequence);
    held -= bytes[slot];
    bytes[slot] = 0;
    slots.set(slot, null);
  }

  private static int slot(long sequence) {
    return (int) sequence & (SLOTS - 1);
  }

  private static long sizeOf(Commit commit) {
    long size = TASK_BYTES;
    for (TaskChange change : commit.changes()) {
      size += sizeOf(change.before()) + sizeOf(change.after());
    }
    return size;
  }

  private static long sizeOf(Task task) {
    if (task == null) {
      return 0;
    }
    int texts =
        task.dependencies().size()
            + task.tags().size()
            + task.links().size()
            + 2 * task.attributes().size();
    return TASK_BYTES + (long) TEXT_BYTES * texts + TaskTexts.chars(task);
  }

  /** The commit of this sequence, or null where it is no longer, or never was, in the ring. */
  Commit get(long sequence) {
    Commit commit = slots.get(slot(sequence));
    return commit != null && commit.sequence() == sequence ? commit : null;
  }

  /** The last commit. */
  long last() {
    return last;
  }

  /** Wakes the dispatcher. */
  void wake() {
    LockSupport.unpark(reader);
  }

  /**
   * Parks the dispatcher, unless there are commits behind {@code seen}.
   *
   * @param nanos at most so long; negative for no limit
   */
  void park(long seen, long nanos, BooleanSupplier otherWork) {
    readerParked = true; // before it looks: a commit either is seen here or sees this
    try {
      if (last > seen || otherWork.getAsBoolean()) {
        return;
      }
      if (nanos < 0) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, nanos);
      }
      // an interrupt meant for nobody would turn every later park into a spin
      Thread.interrupted();
    } finally {
      readerParked = false;
    }
  }

  /** Whether the dispatcher may be asleep. */
  boolean isReaderParked() {
    return readerParked;
  }
}
