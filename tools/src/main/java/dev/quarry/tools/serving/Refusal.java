package dev.quarry.tools.serving;

import dev.quarry.tools.render.JsonText;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Why a call is not answered.
 *
 * @param status of HTTP
 * @param what what happened
 * @param why the reason, or null
 * @param next what to try, or null
 * @param retryAfter after which time the same call may succeed, or null
 */
public record Refusal(int status, String what, String why, String next, Duration retryAfter) {
  /** One that time does not heal. */
  public Refusal(int status, String what, String why, String next) {
    this(status, what, why, next, null);
  }

  /** The envelope of errors. */
  String json() {
    return json(Map.of());
  }

  /** The same with more of what can be said. */
  String json(Map<String, ?> more) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("what", what);
    error.put("why", why);
    error.put("next", next);
    error.putAll(more);
    Map<String, Object> envelope = new LinkedHashMap<>();
    envelope.put("schema_version", 1);
    envelope.put("error", error);
    return JsonText.of(envelope);
  }

  /** Whole seconds until a retry, at least one. */
  long retrySeconds() {
    return Math.max(1, retryAfter.plusMillis(999).toSeconds());
  }

  /** Ends a call with a refusal. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    RefusedException(Refusal refusal) {
      super(refusal.what(), null, false, false);
      this.refusal = refusal;
    }

    Refusal refusal() {
      return refusal;
    }
  }
}
