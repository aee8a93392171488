package dev.quarry;

import java.util.Map;

/** A configured limit was reached. */
public class LimitExceededException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public LimitExceededException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public LimitExceededException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
