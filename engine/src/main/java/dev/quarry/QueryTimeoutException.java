package dev.quarry;

import java.util.Map;

/** A query did not end within its deadline. */
public class QueryTimeoutException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public QueryTimeoutException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public QueryTimeoutException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
