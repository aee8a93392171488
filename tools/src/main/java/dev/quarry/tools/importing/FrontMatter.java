package dev.quarry.tools.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The YAML block at the top of a Markdown file. What people write there is not always YAML ({@code
 * assignee: @me}, {@code title: Fix: the rest}); such lines are quoted before a second attempt.
 *
 * @param fields the fields
 * @param repaired whether lines had to be quoted
 * @param bodyStart where in the text that behind the block begins
 */
record FrontMatter(Map<String, Object> fields, boolean repaired, int bodyStart) {
  private static final Pattern NAME =
      Pattern.compile("\\s*(?:- +)?(?:[A-Za-z_][\\w .-]*:[ \\t]+)?");
  private static final Pattern BLOCK = Pattern.compile("[|>][-+0-9]*");

  /** The block of the document that begins there in a text, or null if it has none. */
  static FrontMatter parse(String text, int from) {
    int first = lineEnd(text, from);
    if (!isFence(text, from, first, false)) {
      return null;
    }
    int start = Math.min(first + 1, text.length());
    for (int at = start; at < text.length(); ) {
      int end = lineEnd(text, at);
      if (isFence(text, at, end, true)) {
        String yaml = text.substring(start, at);
        int body = Math.min(end + 1, text.length());
        return read(yaml, body);
      }
      at = end + 1;
    }
    return null;
  }

  private static int lineEnd(String text, int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end;
  }

  private static boolean isFence(String text, int from, int to, boolean closing) {
    String line = text.substring(from, to).stripTrailing();
    return line.equals("---") || (closing && line.equals("..."));
  }

  private static FrontMatter read(String yaml, int body) {
    try {
      return of(Yaml.parse(yaml), false, body);
    } catch (Yaml.YamlException e) {
      String repaired = e.limit ? yaml : quoted(yaml);
      if (repaired.equals(yaml)) {
        throw e;
      }
      try {
        return of(Yaml.parse(repaired), true, body);
      } catch (Yaml.YamlException again) {
        throw e;
      }
    }
  }

  private static FrontMatter of(Object tree, boolean repaired, int body) {
    if (tree == null) {
      return new FrontMatter(Map.of(), repaired, body);
    }
    if (!(tree instanceof Map<?, ?> map)) {
      throw new Yaml.YamlException("the front matter is no mapping", 1, 0, false);
    }
    @SuppressWarnings("unchecked")
    Map<String, Object> fields = (Map<String, Object>) map;
    return new FrontMatter(fields, repaired, body);
  }

  /** The block with those plain values quoted that YAML does not allow. */
  private static String quoted(String yaml) {
    List<String> out = new ArrayList<>();
    int block = -1;
    for (String line : yaml.split("\n", -1)) {
      int indent = line.length() - line.stripLeading().length();
      if (block >= 0 && (line.isBlank() || indent > block)) {
        out.add(line);
        continue;
      }
      block = -1;
      Matcher m = NAME.matcher(line);
      String name = m.lookingAt() ? m.group() : "";
      int end = valueEnd(line, name.length());
      String value = line.substring(name.length(), end);
      if (BLOCK.matcher(value).matches()) {
        block = indent;
      }
      out.add(
          !name.isBlank() && needsQuotes(value)
              ? name + "'" + value.replace("'", "''") + "'" + line.substring(end)
              : line);
    }
    return String.join("\n", out);
  }

  /** Where a value ends: before the blanks and the carriage return at the end of its line. */
  private static int valueEnd(String line, int from) {
    int end = line.length();
    if (end > from && line.charAt(end - 1) == '\r') {
      end--;
    }
    while (end > from && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
      end--;
    }
    return end;
  }

  private static boolean needsQuotes(String value) {
    if (value.isEmpty()) {
      return false;
    }
    char c = value.charAt(0);
    if (c == '@' || c == '`' || c == '%') {
      return true;
    }
    if (c == '"' || c == '\'' || c == '{' || c == '[' || BLOCK.matcher(value).matches()) {
      return false;
    }
    return c == '*' || c == '&' || c == '!' || value.contains(": ") || value.endsWith(":");
  }
}
