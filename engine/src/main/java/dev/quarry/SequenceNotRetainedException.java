package dev.quarry;

import java.util.Map;

/** The change log no longer reaches back to the sequence asked for. */
public class SequenceNotRetainedException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public SequenceNotRetainedException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public SequenceNotRetainedException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }
}
