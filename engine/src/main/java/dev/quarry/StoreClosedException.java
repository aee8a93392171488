package dev.quarry;

import java.util.Map;

/** The store, or what was used of it, is closed. */
public class StoreClosedException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public StoreClosedException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public StoreClosedException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
