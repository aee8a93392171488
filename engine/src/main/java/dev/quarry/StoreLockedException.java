package dev.quarry;

import java.util.Map;

/** Another process, or another store object in this one, holds the directory. */
public class StoreLockedException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public StoreLockedException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public StoreLockedException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
