package dev.quarry.index;

/**
 * A forward iteration over ordinals in rising order. Not thread-safe; holds no lock and no native
 * resource, so it needs no close.
 */
public interface OrdinalCursor {
  /**
   * What {@link #next} and {@link #advance} return when no ordinal is left; larger than any
   * ordinal.
   */
  long END = Long.MAX_VALUE;

  /** The next ordinal, or {@link #END}, from then on always. */
  long next();

  /**
   * The first ordinal not yet returned that is at least {@code target}, or {@link #END}. Skips
   * whole containers without reading them.
   */
  long advance(long target);
}
