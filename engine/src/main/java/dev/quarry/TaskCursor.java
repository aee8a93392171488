package dev.quarry;

import java.util.List;

/**
 * A streaming result at one point in time, read in chunks, in bounded memory. Not thread-safe.
 * Holds a snapshot of the store: close it. Use after close, or after the store's close, throws
 * {@link StoreClosedException}.
 */
public interface TaskCursor extends AutoCloseable {
  /** The next chunk, of at most the chunk size; an empty list at the end, from then on always. */
  List<Task> nextChunk();

  /** The sequence that the cursor sees. */
  long sequence();

  /** Frees the snapshot; idempotent. */
  @Override
  void close();
}
