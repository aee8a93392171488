package dev.quarry.tools.serving;

import java.util.Map;

/**
 * Metrics in the text format of Prometheus, version 0.0.4. Samples of one name follow each other.
 * Not thread-safe.
 */
final class MetricsText {
  static final String TYPE = "text/plain;version=0.0.4;charset=utf-8";

  private final StringBuilder text = new StringBuilder(8_192);
  private String family = "";

  /** A value that goes up and down. */
  MetricsText gauge(String name, String help, long value) {
    return gauge(name, help, Map.of(), value);
  }

  /** One of several values that go up and down, told apart by labels. */
  MetricsText gauge(String name, String help, Map<String, String> labels, long value) {
    return sample(name, "gauge", help, labels, value);
  }

  /** A value that only goes up. */
  MetricsText counter(String name, String help, long value) {
    return counter(name, help, Map.of(), value);
  }

  /** One of several values that only go up, told apart by labels. */
  MetricsText counter(String name, String help, Map<String, String> labels, long value) {
    return sample(name, "counter", help, labels, value);
  }

  private MetricsText sample(
      String name, String type, String help, Map<String, String> labels, long value) {
    if (!family.equals(name)) {
      family = name;
      String said = help.replace("\\", "\\\\").replace("\n", "\\n");
      text.append("# HELP ").append(name).append(' ').append(said).append('\n');
      text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
    text.append(name);
    String before = "{";
    for (Map.Entry<String, String> label : labels.entrySet()) {
      text.append(before).append(label.getKey()).append("=\"");
      text.append(escaped(label.getValue())).append('"');
      before = ",";
    }
    text.append(labels.isEmpty() ? " " : "} ").append(value).append('\n');
    return this;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
