package dev.quarry;

import java.util.Map;

/** A queue is full and its policy is to refuse. */
public class BackpressureException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public BackpressureException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public BackpressureException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
