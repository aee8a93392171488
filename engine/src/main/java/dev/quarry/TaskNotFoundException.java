package dev.quarry;

import java.util.Map;

/** There is no task with this id. */
public class TaskNotFoundException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public TaskNotFoundException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public TaskNotFoundException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
