package dev.quarry;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A configured limit was reached. */
public class LimitExceededException extends TaskStoreException {
  /** The key of the context under which the time stands after which a retry may succeed. */
  public static final String RETRY_AFTER = "retryAfter";

  private static final long serialVersionUID = 1L;

  /** A static message with its variables. */
  public LimitExceededException(String message, Map<String, ?> context) {
    super(message, context, null);
  }

  /** A static message with its variables and its cause. */
  public LimitExceededException(String message, Map<String, ?> context, Throwable cause) {
    super(message, context, cause);
  }

  /** How long to wait before a retry, where time alone helps. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable((Duration) context().get(RETRY_AFTER));
  }
}
