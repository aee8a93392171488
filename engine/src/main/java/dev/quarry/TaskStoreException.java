package dev.quarry;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Root of everything that the store throws by itself. The {@linkplain #summary summary} is static,
 * so that errors can be grouped; the variables stand in {@link #context}; {@link #getMessage} shows
 * both.
 */
public class TaskStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String summary;
  private final transient Map<String, Object> context;

  /** A static message with its variables and its cause, which may be null. */
  public TaskStoreException(String summary, Map<String, ?> context, Throwable cause) {
    super(render(summary, context), cause);
    this.summary = summary;
    this.context = Collections.unmodifiableMap(new LinkedHashMap<>(context));
  }

  /** The message without variables. */
  public final String summary() {
    return summary;
  }

  /** The variables, in the order given; empty after deserialization. */
  public final Map<String, Object> context() {
    return context == null ? Map.of() : context;
  }

  private static String render(String summary, Map<String, ?> context) {
    if (context.isEmpty()) {
      return summary;
    }
    StringBuilder text = new StringBuilder(summary).append(" [");
    String separator = "";
    for (Map.Entry<String, ?> entry : context.entrySet()) {
      text.append(separator).append(entry.getKey()).append('=').append(entry.getValue());
      separator = ", ";
    }
    return text.append(']').toString();
  }
}
