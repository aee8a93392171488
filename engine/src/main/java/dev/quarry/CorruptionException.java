package dev.quarry;

import java.util.Map;

/** Bytes on disk are not what was written: names the file, family or key. */
public class CorruptionException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public CorruptionException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public CorruptionException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
