package dev.quarry;

/**
 * Which part of a result to fetch.
 *
 * @param size the most items wanted, 1 to 100,000
 * @param after the continuation of the page before, or null for the first page
 */
public record PageRequest(int size, Continuation after) {
  /** The largest page. */
  public static final int MAX_SIZE = 100_000;

  /** Checks the size. */
  public PageRequest {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "page size must be 1 to " + MAX_SIZE + ", but is " + size + "; use scan for more");
    }
    if (after != null && after.isEnd()) {
      throw new IllegalArgumentException("the continuation is the end: there is no further page");
    }
  }

  /** The first page of at most {@code size} items. */
  public static PageRequest first(int size) {
    return new PageRequest(size, null);
  }

  /** The page of at most {@code size} items behind {@code continuation}. */
  public static PageRequest after(Continuation continuation, int size) {
    return new PageRequest(size, continuation);
  }
}
