package dev.quarry.tools.exporting;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.SourceNames;
import dev.quarry.tools.format.TaskJson;
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
    out.put("status", original(rest, "status", word(task.status())));
    all.remove("status");
    if (task.priority() != Priority.MEDIUM || rest.containsKey(ORIGINAL + "priority")) {
      out.put("priority", original(rest, "priority", task.priority().name()));
    }
    all.remove("priority");
    all.forEach(
        (name, value) ->
            out.put(name, value instanceof String text ? original(rest, name, text) : value));
    rest.forEach((name, value) -> out.putIfAbsent(name, tree(value)));
    return out;
  }

  private static String original(Map<String, String> rest, String name, String value) {
    String kept = rest.remove(ORIGINAL + name);
    return kept == null ? value : kept;
  }

  private static String word(Status status) {
    return switch (status) {
      case TODO -> "PENDING";
      case DONE -> "COMPLETED";
      default -> status.name();
    };
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
