package dev.quarry.internal.write;

import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which commit is under way and which is complete, for readers that must not wait.
 *
 * <p>The committer {@linkplain #announce announces} a sequence before it touches anything, then
 * writes the batch, updates the derived state (index, caches) and {@linkplain #complete completes}
 * it. So:
 *
 * <ul>
 *   <li>A reader that finds announced = applied = n before it reads and announced = n after it has
 *       read nothing but state n, from RocksDB and the derived state alike. This is the quiet path;
 *       it costs two volatile reads.
 *   <li>Otherwise the reader takes a storage snapshot, asks {@link #sequenceOf} which commits it
 *       includes, and treats the tasks of the commits that may or may not be in the derived state
 *       by their records. It learns them from {@link #ordinals}, which is filled before the
 *       announcement.
 * </ul>
 *
 * <p>Neither path waits for the committer, wherever it stops.
 */
public final class CommitState {
  private static final int RING = 1 << 12;
  private static final int MASK = RING - 1;

  /** Ordinals that are held, 8 MB; of older commits the change log has them. */
  private static final int MOST_ORDINALS = 1_000_000;

  private final AtomicLongArray storageBefore = new AtomicLongArray(RING);
  private final AtomicReferenceArray<Recent> recent = new AtomicReferenceArray<>(RING);
  private volatile long announced;
  private volatile long applied;

  /** Of the announcing thread, which has the writing lock. */
  private long held;

  /** The oldest commit whose ordinals may be held. */
  private long oldest;

  @SuppressWarnings("ArrayRecordComponent") // identity only
  private record Recent(long sequence, long[] ordinals) {}

  /** A state in which {@code sequence} is complete. */
  public CommitState(long sequence) {
    announced = sequence;
    applied = sequence;
    oldest = sequence + 1;
  }

  /** The highest sequence that has begun. */
  public long announced() {
    return announced;
  }

  /** The highest sequence that is complete, derived state included. */
  public long applied() {
    return applied;
  }

  /**
   * Begins commits that are written as one batch.
   *
   * @param storageSequence RocksDB's own sequence number before the batch
   */
  void announce(List<StagedCommit> commits, long storageSequence) {
    long last = announced;
    for (StagedCommit commit : commits) {
      last = commit.sequence();
      int slot = (int) last & MASK;
      storageBefore.set(slot, storageSequence);
      drop(slot);
      Recent entry = new Recent(last, commit.ordinals());
      held += entry.ordinals().length;
      recent.set(slot, entry);
    }
    oldest = Math.max(oldest, last - RING + 1);
    // what is complete is in the storage, and so is its entry of the change log
    for (; held > MOST_ORDINALS && oldest <= applied; oldest++) {
      drop((int) oldest & MASK);
    }
    announced = last;
    VarHandle.fullFence(); // nothing that the commit does may be seen before its announcement
  }

  private void drop(int slot) {
    Recent entry = recent.get(slot);
    if (entry != null) {
      held -= entry.ordinals().length;
      recent.set(slot, null);
    }
  }

  /** Ends commits up to this, also failed ones: their sequences are then never seen again. */
  void complete(long sequence) {
    applied = sequence;
  }

  /**
   * The highest commit that a storage snapshot includes, or -1 where too many commits have passed
   * since to tell; the caller then takes a new snapshot.
   *
   * @param appliedBefore {@link #applied} as read before the snapshot was taken
   * @param storageSequence RocksDB's own sequence number of the snapshot
   */
  public long sequenceOf(long appliedBefore, long storageSequence) {
    long newest = announced;
    if (newest - appliedBefore >= RING / 2) {
      return -1;
    }
    long sequence = newest;
    // a batch's entries come right behind the storage sequence before it, visible all at once
    while (sequence > appliedBefore
        && storageSequence <= storageBefore.get((int) sequence & MASK)) {
      sequence--;
    }
    return announced - appliedBefore >= RING / 2 ? -1 : sequence;
  }

  /** The ordinals that a commit touches, or null where it is too long ago. */
  public long[] ordinals(long sequence) {
    Recent entry = recent.get((int) sequence & MASK);
    return entry != null && entry.sequence() == sequence ? entry.ordinals() : null;
  }
}
