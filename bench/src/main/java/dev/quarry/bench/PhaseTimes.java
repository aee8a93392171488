package dev.quarry.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where the time of a run goes, in seconds by phase. Not thread-safe. */
final class PhaseTimes {
  private final Map<String, Object> seconds;
  private String phase;
  private long since;

  /** Writes into {@code seconds}. */
  PhaseTimes(Map<String, Object> seconds) {
    this.seconds = seconds;
  }

  /** Ends the present phase, if there is one, and begins another. */
  void next(String name) {
    end();
    phase = name;
    since = System.nanoTime();
  }

  /** Ends the present phase. */
  void end() {
    if (phase != null) {
      seconds.put(phase, Math.round((System.nanoTime() - since) / 1e7) / 1e2);
      phase = null;
    }
  }

  /** Such as "load 3.2 s, check 1.0 s", of the phases of a result file. */
  static String text(Object tree) {
    Map<String, Object> named = new LinkedHashMap<>();
    if (JsonFile.at(tree, "data", "phases") instanceof Map<?, ?> phases) {
      phases.forEach((name, value) -> named.put((String) name, value));
    }
    StringBuilder text = new StringBuilder();
    named.forEach(
        (name, value) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(name)
                .append(' ')
                .append(Report.number((Double) value))
                .append(" s"));
    return text.toString();
  }
}
