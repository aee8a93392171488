package dev.quarry;

import java.util.List;

/**
 * A streaming result at one point in time, read in chunks, in bounded memory. Not thread-safe.
 * Holds a snapshot of the store: close it. After that, or after the store's close, {@link
 * #nextChunk} throws {@link StoreClosedException}.
 */
public interface TaskCursor extends AutoCloseable {
  /**
   * The next chunk, of at most the chunk size; an empty list at the end, from then on always. After
   * an error it may be called again: what was found before is kept, and no task comes twice.
   *
   * @throws CorruptionException where a record, or a block of records, is damaged; once, the next
   *     call goes on behind it. Where an index of the store is damaged each call throws it
   * @throws StorageException where the device fails; the next call tries again
   * @throws QueryTimeoutException where the step does not end in its time
   */
  List<Task> nextChunk();

  /** The sequence that the cursor sees. */
  long sequence();

  /** Frees the snapshot; idempotent. */
  @Override
  void close();
}
