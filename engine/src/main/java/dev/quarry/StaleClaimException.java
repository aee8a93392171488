package dev.quarry;

import java.util.Map;

/**
 * The claim no longer holds: its lease has run out, it was ended, or another owner has the task.
 * The context names the task and the caller's token and owner, and those that hold it now, if any.
 */
public class StaleClaimException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public StaleClaimException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public StaleClaimException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
