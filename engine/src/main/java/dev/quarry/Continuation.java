package dev.quarry;

/**
 * An opaque token that restarts a query behind the last item of a page; it survives restarts of the
 * process and belongs to the query that made it.
 *
 * @param token printable text (base64url, no padding); empty for the end
 */
public record Continuation(String token) {
  /** The end of the result. */
  public static final Continuation END = new Continuation("");

  /** Whether this is {@link #END}. */
  public boolean isEnd() {
    return token.isEmpty();
  }

  @Override
  public String toString() {
    return token;
  }
}
