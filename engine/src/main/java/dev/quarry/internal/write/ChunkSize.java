package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.StoreClosedException;
import dev.quarry.StoreFailedException;
import dev.quarry.TaskStoreException;
import java.util.concurrent.CancellationException;

/**
 * How many tasks the next chunk takes. One that is refused is tried again in halves, until the task
 * that it is refused for stands alone; behind that, chunks grow again.
 */
final class ChunkSize {
  private final int most;
  private int now;

  ChunkSize(int most) {
    this.most = most;
    this.now = most;
  }

  int now() {
    return now;
  }

  /** A chunk was made. */
  void grow() {
    now = Math.min(most, 2 * now);
  }

  /**
   * A chunk of so many was refused: false where it was a single one, which the work has to leave.
   */
  boolean shrink(int tried) {
    now = Math.max(1, tried / 2);
    return tried > 1;
  }

  /** Throws again what concerns more than the tasks of a chunk. */
  static void checkGoesOn(Exception e, ChunkedWork.Tally tally) {
    if (e instanceof StorageException
        || e instanceof StoreFailedException
        || e instanceof StoreClosedException
        || e instanceof CorruptionException) {
      throw (TaskStoreException) e;
    }
    if (e instanceof CancellationException) {
      tally.checkCancelled(); // else a change threw it, as it may throw any other
    }
  }
}
