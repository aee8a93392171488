package dev.quarry.index;

/**
 * Builds an index from nothing: containers are assembled aside and each is written once, which is
 * tens of times faster than single additions. One thread; ordinals rise. It ends when the index is
 * discarded or loaded by another.
 */
public interface IndexLoader {
  /** Starts the next ordinal, larger than the one before, with its projection row (copied). */
  void ordinal(long ordinal, long[] columns);

  /** Adds the current ordinal to a term. */
  void add(int field, byte[] value);

  /** Writes what is left and sets the watermark; the index is then readable. */
  void finish(long watermark);
}
