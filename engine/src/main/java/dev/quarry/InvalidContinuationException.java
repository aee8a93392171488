package dev.quarry;

import java.util.Map;

/** The continuation is damaged, or belongs to another query. */
public class InvalidContinuationException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public InvalidContinuationException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public InvalidContinuationException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
