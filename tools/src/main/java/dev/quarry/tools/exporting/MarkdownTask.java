package dev.quarry.tools.exporting;

import dev.quarry.Task;
import dev.quarry.tools.format.ChecklistItems;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.LinkText;
import dev.quarry.tools.format.SourceNames;
import dev.quarry.tools.format.TaskJson;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/**
 * A task as Markdown with front matter. The body is the attribute {@code body} where there is one,
 * else the description, character for character; what Markdown cannot hold stands in the front
 * matter.
 */
final class MarkdownTask {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9_/]");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");
  private static final Pattern KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,60}");
  private static final Predicate<String> RESERVED =
      Pattern.compile("(?i)null|true|false|yes|no|on|off|y|n").asMatchPredicate();
  private static final int LONGEST_FLOW = 900;

  private final StringBuilder out = new StringBuilder();

  private MarkdownTask() {}

  /**
   * The text of a task.
   *
   * @param counted whether the front matter says how long the body is, for several in one file; one
   *     that may quote such a task says it in a file of its own, too
   */
  static String text(Task task, boolean counted) {
    return new MarkdownTask().write(task, counted);
  }

  private String write(Task t, boolean counted) {
    Map<String, String> attributes = new TreeMap<>(t.attributes());
    String body = attributes.get(ChecklistItems.BODY);
    boolean described = fits(body);
    if (described) {
      attributes.remove(ChecklistItems.BODY);
    } else {
      body = fits(t.description()) ? t.description() : "";
    }
    out.append("---\n");
    field("id", t.id());
    field("title", t.title());
    if (described && t.description() == null) {
      out.append("description: null\n");
    } else if (t.description() != null && (described || body.isEmpty())) {
      field("description", t.description());
    }
    field("agent", t.agent());
    field("status", t.status().name().toLowerCase(Locale.ROOT));
    field("priority", t.priority().name().toLowerCase(Locale.ROOT));
    time("created_at", t.createdAt());
    time("updated_at", t.updatedAt());
    time("due_date", t.dueAt());
    time("completed_at", t.completedAt());
    field("project", t.project());
    list("dependencies", t.dependencies());
    list("links", LinkText.of(t));
    list("tags", t.tags());
    field("notes", t.notes());
    hours("estimated_hours", t.estimatedHours());
    hours("actual_hours", t.actualHours());
    field("assignee", t.assignee());
    attributes(attributes);
    if (counted || body.contains(SourceNames.BODY_CHARS)) {
      out.append(SourceNames.BODY_CHARS).append(": ").append(body.length()).append('\n');
    }
    out.append("---\n").append(body);
    return counted ? out.append('\n').toString() : out.toString();
  }

  private static boolean fits(String body) {
    return body != null && !body.isEmpty() && !hasLoneSurrogate(body);
  }

  /** Whether a text has half a pair of surrogates, which UTF-8 cannot hold. */
  static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return true;
      }
    }
    return false;
  }

  private void field(String name, String value) {
    if (value != null) {
      out.append(name).append(": ");
      scalar(value, "  ");
      out.append('\n');
    }
  }

  private void time(String name, Instant value) {
    if (value != null) {
      out.append(name).append(": '").append(TaskJson.time(value)).append("'\n");
    }
  }

  private void hours(String name, Double value) {
    if (value != null) {
      out.append(name).append(": ").append(TaskJson.hours(value)).append('\n');
    }
  }

  private void list(String name, List<String> values) {
    if (!values.isEmpty()) {
      out.append(name).append(":\n");
      for (String value : values) {
        out.append("- ");
        quotedOrPlain(value);
        out.append('\n');
      }
    }
  }

  /** Attributes stand by their own names where these mean nothing else, else under one key. */
  private void attributes(Map<String, String> attributes) {
    Map<String, String> nested = new TreeMap<>();
    attributes.forEach(
        (name, value) -> {
          if (KEY.matcher(name).matches()
              && !SourceNames.isMarkdownField(name)
              && !RESERVED.test(name)) {
            out.append(name).append(": ");
            value(value, "  ");
            out.append('\n');
          } else {
            nested.put(name, value);
          }
        });
    if (!nested.isEmpty()) {
      out.append("attributes:\n");
      nested.forEach(
          (name, value) -> {
            // a key in quotes must be short; a longer one is announced
            boolean longKey = name.length() > 100;
            out.append(longKey ? "  ? " : "  ");
            quoted(name);
            out.append(longKey ? "\n  : " : ": ");
            value(value, "    ");
            out.append('\n');
          });
    }
  }

  /** An attribute: numbers and JSON structures without quotes, for they are kept as text anyway. */
  private void value(String value, String indent) {
    if (NUMBER.matcher(value).matches() || isFlow(value)) {
      out.append(value);
    } else {
      scalar(value, indent);
    }
  }

  private static boolean isFlow(String value) {
    if (value.length() < 3
        || value.length() > LONGEST_FLOW
        || (value.charAt(0) != '[' && value.charAt(0) != '{')
        || !value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      return false;
    }
    try {
      Object tree = Json.parse(value);
      return Json.toText(tree).equals(value) && value.indexOf('\\') < 0 && value.indexOf('#') < 0;
    } catch (JacksonException | IllegalArgumentException e) {
      return false;
    }
  }

  private void scalar(String value, String indent) {
    if (isLiteral(value)) {
      out.append(value.endsWith("\n") ? "|" : "|-");
      value.lines().forEach(l -> out.append('\n').append(l.isEmpty() ? "" : indent).append(l));
    } else {
      quotedOrPlain(value);
    }
  }

  /** Whether a text of several lines comes out the same from an indented block. */
  private static boolean isLiteral(String value) {
    int first = value.indexOf('\n');
    if (first <= 0 || first == value.length() - 1 || value.endsWith("\n\n")) {
      return false;
    }
    if (value.charAt(0) == ' ' || value.charAt(0) == '\t' || value.substring(0, first).isBlank()) {
      return false;
    }
    return !hasLoneSurrogate(value)
        && value.codePoints().allMatch(c -> c == '\n' || c == '\t' || isPrintable(c));
  }

  private static boolean isPrintable(int c) {
    return (c >= 0x20 && c <= 0x7e)
        || (c >= 0xa0 && c <= 0xd7ff && c != 0x2028 && c != 0x2029)
        || (c >= 0xe000 && c <= 0xfffd && c != 0xfeff)
        || (c >= 0x10000 && c <= 0x10ffff);
  }

  private void quotedOrPlain(String value) {
    if (PLAIN.matcher(value).matches() && !RESERVED.test(value) && value.indexOf("  ") < 0) {
      out.append(value);
    } else {
      quoted(value);
    }
  }

  private void quoted(String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < value.length()
              && Character.isLowSurrogate(value.charAt(i + 1));
      if (pair) {
        out.append(c).append(value.charAt(++i));
      } else if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else if (isPrintable(c)) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    out.append('"');
  }
}
