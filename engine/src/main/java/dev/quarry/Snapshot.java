package dev.quarry;

/**
 * A point-in-time view of the store: every read verb answers as of {@link #sequence}. Thread-safe.
 * Holds back the reclaiming of overwritten data, so close it.
 */
public interface Snapshot extends TaskReader, AutoCloseable {
  /** The sequence of the last commit that the view includes. */
  long sequence();

  /** Frees the view; idempotent. Reads afterwards throw {@link StoreClosedException}. */
  @Override
  void close();
}
