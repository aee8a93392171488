package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads metrics by the grammar of Prometheus' text format, version 0.0.4, without indulgence. */
final class PrometheusText {
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\"\\\\n])*\"";
  private static final Pattern COMMENT =
      Pattern.compile("# (?:HELP (" + NAME + ") .*|TYPE (" + NAME + ") (counter|gauge))");
  private static final Pattern SAMPLE =
      Pattern.compile(
          "("
              + NAME
              + ")(\\{"
              + LABEL
              + "(?:,"
              + LABEL
              + ")*\\})? (-?[0-9][-+0-9.eE]*|NaN|[+-]Inf)");

  private final Map<String, Double> samples = new LinkedHashMap<>();
  private final Map<String, String> types = new HashMap<>();

  private PrometheusText() {}

  static PrometheusText parse(String text) {
    PrometheusText parsed = new PrometheusText();
    assertThat(text).endsWith("\n").doesNotContain("\r");
    Set<String> helped = new HashSet<>();
    String family = "";
    for (String line : text.lines().toList()) {
      Matcher comment = COMMENT.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (comment.matches() && comment.group(1) != null) {
        family = comment.group(1);
        assertThat(helped.add(family)).as("one HELP of " + family).isTrue();
      } else if (comment.matches()) {
        assertThat(comment.group(2)).isEqualTo(family);
        assertThat(parsed.types.put(family, comment.group(3))).isNull();
      } else {
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).as("samples of a name are together").isEqualTo(family);
        assertThat(parsed.types).containsKey(family);
        String labels = sample.group(2) == null ? "" : sample.group(2);
        double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
        assertThat(parsed.samples.put(family + labels, value)).as("one sample: " + line).isNull();
      }
    }
    return parsed;
  }

  double value(String sample) {
    assertThat(samples).containsKey(sample);
    return samples.get(sample);
  }

  String type(String family) {
    return types.get(family);
  }
}
