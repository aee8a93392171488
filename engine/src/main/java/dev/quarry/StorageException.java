package dev.quarry;

import java.util.Map;

/** RocksDB reported an error; its code and text are in the context. */
public class StorageException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  private final boolean retryable;

  /** A static message with its variables. */
  public StorageException(String message, Map<String, ?> context) {
    this(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public StorageException(String message, Map<String, ?> context, Throwable cause) {
    this(message, context, cause, false);
  }

  /** The same, of an error that may pass by itself, such as that of a full device. */
  public StorageException(
      String message, Map<String, ?> context, Throwable cause, boolean retryable) {
    super(message, context, cause);
    this.retryable = retryable;
  }

  /** Whether the same call may succeed later, in the same open store, once the cause is gone. */
  public final boolean isRetryable() {
    return retryable;
  }
}
