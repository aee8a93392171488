package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.TaskColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Changes as rows. */
final class ChangeRows {
  private static final int MAX_SHOWN = 40;

  /** Follow from others, or stand in columns of their own. */
  private static final Set<String> LEFT_OUT = Set.of("id", "version", "updated_at", "created_at");

  private static final TaskColumns ALL = TaskColumns.all();

  private ChangeRows() {}

  static List<Column> columns() {
    return List.of(
        Column.number("sequence"),
        Column.text("time"),
        Column.text("action"),
        Column.text("cause"),
        Column.text("actor"),
        Column.text("id"),
        Column.text("changed"));
  }

  static List<Object> row(Change change) {
    return Arrays.asList(
        change.sequence(),
        change.at(),
        change.action().name().toLowerCase(Locale.ROOT),
        change.cause(),
        change.actor(),
        change.id(),
        what(change));
  }

  /** One line for people. */
  static String line(Change change) {
    return String.format(
        Locale.ROOT,
        "%8d  %-27s  %-8s %-9s %-10s %s  %s",
        change.sequence(),
        change.at(),
        change.action().name().toLowerCase(Locale.ROOT),
        change.cause(),
        change.actor() == null ? "-" : change.actor(),
        change.id(),
        what(change));
  }

  /** What is different: the title of a task that came or went, else fields with both values. */
  static String what(Change change) {
    Task before = change.before();
    Task after = change.after();
    if (before == null || after == null) {
      Task there = before == null ? after : before;
      return there.status() + " " + shortened(there.title());
    }
    List<String> parts = new ArrayList<>();
    Map<String, Object> old = ALL.record(before);
    ALL.record(after)
        .forEach(
            (name, value) -> {
              if (!LEFT_OUT.contains(name) && !Objects.equals(value, old.get(name))) {
                parts.add(name + " " + shortened(old.get(name)) + " -> " + shortened(value));
              }
            });
    old.forEach(
        (name, value) -> {
          if (value != null && !LEFT_OUT.contains(name) && !ALL.record(after).containsKey(name)) {
            parts.add(name + " " + shortened(value) + " -> -");
          }
        });
    return String.join(", ", parts);
  }

  private static String shortened(Object value) {
    String text = value == null ? "-" : String.valueOf(value).strip();
    int line = text.indexOf('\n');
    if (line >= 0 || text.length() > MAX_SHOWN) {
      int end = line >= 0 ? Math.min(line, MAX_SHOWN) : MAX_SHOWN;
      if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
        end--;
      }
      return text.substring(0, end) + "...";
    }
    return text.isEmpty() ? "-" : text;
  }
}
