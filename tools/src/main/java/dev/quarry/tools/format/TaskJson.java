package dev.quarry.tools.format;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.io.StringWriter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.io.NumberOutput;

/**
 * The canonical JSON form of a task: keys in the order of {@link #KEYS}, absent fields and empty
 * lists left out, attributes sorted by name, instants as ISO-8601 in UTC, no version. Equal tasks
 * have equal text, and reading the text gives an equal task.
 */
public final class TaskJson {
  /** The keys, in the order of writing. */
  public static final List<String> KEYS =
      List.of(
          "id",
          "project",
          "title",
          "description",
          "notes",
          "status",
          "priority",
          "agent",
          "assignee",
          "created_at",
          "updated_at",
          "due_at",
          "completed_at",
          "dependencies",
          "links",
          "tags",
          "estimated_hours",
          "actual_hours",
          "attributes");

  private static final Set<String> TEXT_KEYS =
      Set.of("id", "project", "title", "description", "notes", "agent", "assignee");
  private static final Set<String> KEY_SET = Set.copyOf(KEYS);

  private TaskJson() {}

  /** The task as one line of JSON, without line end. */
  public static String toText(Task task) {
    StringWriter out = new StringWriter();
    try (JsonGenerator g = Json.generator(out)) {
      write(g, task);
    }
    return out.toString();
  }

  /** Writes the task as an object. */
  public static void write(JsonGenerator g, Task task) {
    write(g, task, KEY_SET);
  }

  /** Writes only the given keys of the task, in canonical order. */
  public static void write(JsonGenerator g, Task task, Set<String> keys) {
    g.writeStartObject();
    fields(task)
        .forEach(
            (name, value) -> {
              if (keys.contains(name)) {
                g.writeName(name);
                Json.write(g, value);
              }
            });
    g.writeEndObject();
  }

  /** The task's present fields by key, in canonical order, as a JSON tree. */
  public static Map<String, Object> fields(Task t) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", t.id());
    put(map, "project", t.project());
    put(map, "title", t.title());
    put(map, "description", t.description());
    put(map, "notes", t.notes());
    put(map, "status", t.status().name());
    put(map, "priority", t.priority().name());
    put(map, "agent", t.agent());
    put(map, "assignee", t.assignee());
    put(map, "created_at", time(t.createdAt()));
    put(map, "updated_at", time(t.updatedAt()));
    put(map, "due_at", time(t.dueAt()));
    put(map, "completed_at", time(t.completedAt()));
    put(map, "dependencies", t.dependencies().isEmpty() ? null : t.dependencies());
    put(map, "links", t.links().isEmpty() ? null : LinkText.of(t));
    put(map, "tags", t.tags().isEmpty() ? null : t.tags());
    put(map, "estimated_hours", number(t.estimatedHours()));
    put(map, "actual_hours", number(t.actualHours()));
    put(map, "attributes", t.attributes().isEmpty() ? null : t.attributes());
    return map;
  }

  private static void put(Map<String, Object> map, String key, Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  /** An instant as ISO-8601 in UTC with as many groups of three decimals as it needs. */
  public static String time(Instant value) {
    return value == null ? null : value.toString();
  }

  private static JsonNumber number(Double value) {
    return value == null ? null : new JsonNumber(hours(value));
  }

  /** The shortest decimal text that reads back as the same number, the same on every JDK. */
  public static String hours(double value) {
    return NumberOutput.toString(value, true);
  }

  /**
   * Reads a task at the parser's current token or the next one.
   *
   * @throws IllegalArgumentException if the object is not in canonical form
   */
  public static Task read(JsonParser p) {
    if (p.currentToken() == null) {
      p.nextToken();
    }
    if (!(Json.readTree(p) instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("a task must be a JSON object");
    }
    return fromTree(map);
  }

  /** Reads a task from its text. */
  public static Task read(String json) {
    if (!(Json.parse(json) instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("a task must be a JSON object");
    }
    return fromTree(map);
  }

  /** Whether every field of an object has a canonical name and form, so that reading is exact. */
  public static boolean isCanonical(Map<?, ?> map) {
    if (!(map.get("id") instanceof String) || !(map.get("title") instanceof String)) {
      return false;
    }
    for (Map.Entry<?, ?> e : map.entrySet()) {
      if (!KEY_SET.contains(e.getKey()) || !fits((String) e.getKey(), e.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static boolean fits(String key, Object value) {
    return switch (key) {
      case "status" -> value instanceof String s && constant(Status.values(), s) != null;
      case "priority" -> value instanceof String s && constant(Priority.values(), s) != null;
      case "created_at", "updated_at", "due_at", "completed_at" ->
          value instanceof String s && exactTime(s);
      case "links" ->
          value instanceof List<?> list
              && list.stream().allMatch(v -> v instanceof String s && LinkText.parse(s) != null);
      case "dependencies", "tags" ->
          value instanceof List<?> list && list.stream().allMatch(v -> v instanceof String);
      case "estimated_hours", "actual_hours" ->
          value instanceof JsonNumber n && hours(Double.parseDouble(n.text())).equals(n.text());
      case "attributes" ->
          value instanceof Map<?, ?> map
              && map.values().stream().allMatch(v -> v instanceof String);
      default -> TEXT_KEYS.contains(key) && value instanceof String;
    };
  }

  private static boolean exactTime(String text) {
    try {
      Instant instant = Instant.parse(text);
      return instant.truncatedTo(ChronoUnit.MICROS).equals(instant) && text.endsWith("Z");
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private static <E extends Enum<E>> E constant(E[] values, String name) {
    for (E value : values) {
      if (value.name().equals(name)) {
        return value;
      }
    }
    return null;
  }

  /**
   * The task of a canonical object.
   *
   * @throws IllegalArgumentException if it is not in canonical form
   */
  public static Task fromTree(Map<?, ?> map) {
    if (!isCanonical(map)) {
      throw new IllegalArgumentException("not a task in canonical form");
    }
    Task.Builder b = Task.builder((String) map.get("id"), (String) map.get("title"));
    b.project((String) map.get("project"));
    b.description((String) map.get("description"));
    b.notes((String) map.get("notes"));
    if (map.get("status") instanceof String s) {
      b.status(Status.valueOf(s));
    }
    if (map.get("priority") instanceof String s) {
      b.priority(Priority.valueOf(s));
    }
    b.agent((String) map.get("agent"));
    b.assignee((String) map.get("assignee"));
    b.createdAt(instant(map.get("created_at")));
    b.updatedAt(instant(map.get("updated_at")));
    b.dueAt(instant(map.get("due_at")));
    b.completedAt(instant(map.get("completed_at")));
    b.dependencies(strings(map.get("dependencies")));
    b.links(LinkText.parseAll(strings(map.get("links"))));
    b.tags(strings(map.get("tags")));
    b.estimatedHours(number(map.get("estimated_hours")));
    b.actualHours(number(map.get("actual_hours")));
    if (map.get("attributes") instanceof Map<?, ?> attributes) {
      Map<String, String> copy = new TreeMap<>();
      attributes.forEach((k, v) -> copy.put((String) k, (String) v));
      b.attributes(copy);
    }
    return b.build();
  }

  private static Instant instant(Object value) {
    return value == null ? null : Instant.parse((String) value);
  }

  private static Double number(Object value) {
    return value == null ? null : Double.valueOf(((JsonNumber) value).text());
  }

  private static List<String> strings(Object value) {
    if (!(value instanceof List<?> list)) {
      return List.of();
    }
    List<String> out = new ArrayList<>(list.size());
    list.forEach(v -> out.add((String) v));
    return out;
  }
}
