package dev.quarry;

import java.util.Map;

/**
 * An unrecoverable write error happened earlier; writes are refused with that first cause, reads go
 * on.
 */
public class StoreFailedException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public StoreFailedException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public StoreFailedException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
