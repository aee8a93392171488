package dev.quarry;

import java.util.Map;

/** The claim is no longer the owner of its task: its lease ran out, or another has the task now. */
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
