package dev.quarry;

import java.util.Map;

/** A task with this id is in the store already; nothing was written. */
public class DuplicateTaskException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public DuplicateTaskException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public DuplicateTaskException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
