package dev.quarry;

import java.util.Map;

/** The directory is of a format that this release does not read. */
public class FormatVersionException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public FormatVersionException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public FormatVersionException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
