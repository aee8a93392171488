package dev.quarry.tools.exporting;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.SourceNames;
import dev.quarry.tools.format.TaskJson;
import dev.quarry.tools.format.Times;
import dev.quarry.tools.format.Words;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;

/** A task as an entry of a JSON board, with the spelling that an imported board had. */
final class BoardTask {
  private static final String ORIGINAL = "json.";

  private BoardTask() {}

  static void write(JsonGenerator g, Task task) {
    Json.write(g, fields(task));
  }

  private static Map<String, Object> fields(Task task) {
    Map<String, String> rest = new TreeMap<>(task.attributes());
    Map<String, Object> all = new LinkedHashMap<>(TaskJson.fields(task));
    all.remove("attributes");
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("task_id", all.remove("id"));
    if (task.description() == null || !task.title().equals(titleOf(task.description()))) {
      out.put("title", task.title());
    }
    all.remove("title");
    if (task.description() != null) {
      out.put("description", all.remove("description"));
    }
    out.put("status", status(rest, task.status()));
    all.remove("status");
    String priority = rest.remove(ORIGINAL + "priority");
    if (priority != null && Words.priority(priority) == task.priority()) {
      out.put("priority", priority);
    } else if (priority != null || task.priority() != Priority.MEDIUM) {
      out.put("priority", task.priority().name());
    }
    all.remove("priority");
    times(rest, all, task);
    out.putAll(all);
    rest.forEach((name, value) -> out.putIfAbsent(name, tree(value)));
    return out;
  }

  /** The word of the source, unless the status has changed since. */
  private static String status(Map<String, String> rest, Status status) {
    String word = rest.remove(ORIGINAL + "status");
    return word != null && Words.status(word) == status ? word : Words.boardWord(status);
  }

  /** Times as the source wrote them, unless they have changed since. */
  private static void times(Map<String, String> rest, Map<String, Object> all, Task task) {
    if (!rest.containsKey(ORIGINAL + "updated_at")) {
      all.remove("updated_at"); // the store's, not the board's
    }
    for (String name : List.of("created_at", "updated_at", "due_at", "completed_at")) {
      String text = rest.remove(ORIGINAL + name);
      Object now = TaskJson.fields(task).get(name);
      if (text != null
          && Times.parse(text, ZoneOffset.UTC)
              .filter(t -> t.exact() && t.instant().toString().equals(now))
              .isPresent()) {
        all.put(name, text);
      }
    }
  }

  /** The title that the import gives to an entry without one. */
  private static String titleOf(String description) {
    return SourceNames.firstLine(description, "");
  }

  /** What was a structure in the source becomes one again. */
  private static Object tree(String value) {
    if (value.startsWith("[") || value.startsWith("{")) {
      try {
        Object tree = Json.parse(value);
        if (tree instanceof Map || tree instanceof List) {
          return tree;
        }
      } catch (JacksonException | IllegalArgumentException e) {
        return value; // just a text that begins like JSON
      }
    }
    return value;
  }
}
