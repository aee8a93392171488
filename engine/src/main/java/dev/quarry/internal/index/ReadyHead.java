package dev.quarry.internal.index;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A key below which the index of ready tasks has no entry. Workers take tasks from the head of that
 * index, and every walk from its very beginning would step over all that they ever took, until
 * RocksDB compacts them away.
 *
 * <p>A reader takes the head, walks, and raises the head to the first entry that it met. The
 * committer lowers it for each new entry, after the batch is in the storage and before the commit
 * is complete. Lowering always sets a new object, so a reader that walked before the batch fails to
 * raise; one that raised in between is lowered again; and one that misses the new entry meanwhile
 * reads beside a commit under way, and its answer does not count. Lock-free; for the present only,
 * never for a snapshot.
 */
public final class ReadyHead {
  private final AtomicReference<Key> head = new AtomicReference<>(new Key(new byte[0]));

  /** A key, compared by identity. */
  @SuppressWarnings("ArrayRecordComponent") // identity only
  public record Key(byte[] bytes) {}

  /** The present head. */
  public Key get() {
    return head.get();
  }

  /** Nothing was found between {@code from}, as got before the walk, and {@code first}. */
  public void raise(Key from, byte[] first) {
    if (Arrays.compareUnsigned(first, from.bytes()) > 0) {
      head.compareAndSet(from, new Key(first));
    }
  }

  /** An entry has come. */
  public void lower(byte[] key) {
    head.updateAndGet(
        present ->
            new Key(Arrays.compareUnsigned(key, present.bytes()) < 0 ? key : present.bytes()));
  }
}
