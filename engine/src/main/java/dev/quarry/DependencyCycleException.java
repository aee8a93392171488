package dev.quarry;

import java.util.Map;

/** A dependency would close a circle: tasks that wait for each other can never start. */
public class DependencyCycleException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public DependencyCycleException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public DependencyCycleException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
