package dev.quarry;

import java.util.Map;

/** The task was changed since it was read: its version is not the expected one. */
public class ConflictException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public ConflictException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public ConflictException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
