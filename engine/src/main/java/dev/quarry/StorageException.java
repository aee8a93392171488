package dev.quarry;

import java.util.Map;

/** RocksDB reported an error; its code and text are in the context. */
public class StorageException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public StorageException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public StorageException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
