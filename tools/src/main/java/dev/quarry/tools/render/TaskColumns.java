package dev.quarry.tools.render;

import dev.quarry.Task;
import dev.quarry.tools.format.LinkText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The fields of tasks as columns. Immutable. */
public final class TaskColumns {
  private static final List<Field> ALL =
      List.of(
          new Field(Column.text("id"), Task::id),
          new Field(Column.text("status"), Task::status),
          new Field(new Column("priority", "PRIO", false), Task::priority),
          new Field(new Column("due_at", "DUE", false), Task::dueAt),
          new Field(Column.text("title"), Task::title),
          new Field(Column.text("project"), Task::project),
          new Field(Column.text("agent"), Task::agent),
          new Field(Column.text("assignee"), Task::assignee),
          new Field(Column.text("tags"), Task::tags),
          new Field(Column.text("dependencies"), Task::dependencies),
          new Field(Column.text("links"), LinkText::of),
          new Field(new Column("created_at", "CREATED", false), Task::createdAt),
          new Field(new Column("updated_at", "UPDATED", false), Task::updatedAt),
          new Field(new Column("completed_at", "COMPLETED", false), Task::completedAt),
          new Field(new Column("estimated_hours", "ESTIMATED", true), Task::estimatedHours),
          new Field(new Column("actual_hours", "ACTUAL", true), Task::actualHours),
          new Field(Column.text("description"), Task::description),
          new Field(Column.text("notes"), Task::notes),
          new Field(Column.text("attributes"), Task::attributes),
          new Field(Column.number("version"), Task::version));

  private static final List<String> FOR_PEOPLE =
      List.of("id", "status", "priority", "due_at", "title");

  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("tag", "tags"),
          Map.entry("deps", "dependencies"),
          Map.entry("dependency", "dependencies"),
          Map.entry("prio", "priority"),
          Map.entry("created", "created_at"),
          Map.entry("createdat", "created_at"),
          Map.entry("updated", "updated_at"),
          Map.entry("updatedat", "updated_at"),
          Map.entry("due", "due_at"),
          Map.entry("dueat", "due_at"),
          Map.entry("completed", "completed_at"),
          Map.entry("completedat", "completed_at"),
          Map.entry("estimated", "estimated_hours"),
          Map.entry("estimatedhours", "estimated_hours"),
          Map.entry("actual", "actual_hours"),
          Map.entry("actualhours", "actual_hours"),
          Map.entry("attrs", "attributes"));

  private final List<Field> fields;

  private TaskColumns(List<Field> fields) {
    this.fields = List.copyOf(fields);
  }

  private record Field(Column column, Function<Task, Object> value) {
    /** The task's value; empty lists and maps count as none. */
    Object of(Task task) {
      Object found = value.apply(task);
      boolean empty =
          (found instanceof Collection<?> c && c.isEmpty())
              || (found instanceof Map<?, ?> m && m.isEmpty());
      return empty ? null : found;
    }
  }

  /** The columns to show where none were chosen. */
  public static TaskColumns standard(OutputFormat format) {
    // the last field is the version, which no import should take for a field of the task
    return format.isForPeople() ? of(FOR_PEOPLE) : new TaskColumns(ALL.subList(0, ALL.size() - 1));
  }

  /** Every field. */
  public static TaskColumns all() {
    return new TaskColumns(ALL);
  }

  /**
   * The columns of these names.
   *
   * @throws UnknownFieldException for a name that is no field
   */
  public static TaskColumns of(List<String> names) {
    List<Field> chosen = new ArrayList<>();
    for (String name : names) {
      chosen.add(byName(name));
    }
    return new TaskColumns(chosen);
  }

  /** The field of that name or alias; the names are in {@link #names}. */
  public static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT).replace('-', '_');
    return ALIASES.getOrDefault(lower, lower);
  }

  /** The names of all fields. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Field field : ALL) {
      names.add(field.column().name());
    }
    return names;
  }

  /** The columns. */
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    for (Field field : fields) {
      columns.add(field.column());
    }
    return columns;
  }

  /** The task's values, one per column. */
  public List<Object> row(Task task) {
    List<Object> row = new ArrayList<>(fields.size());
    for (Field field : fields) {
      row.add(field.of(task));
    }
    return row;
  }

  /** The task's values by name. */
  public Map<String, Object> record(Task task) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Field field : fields) {
      map.put(field.column().name(), field.of(task));
    }
    return map;
  }

  private static Field byName(String name) {
    if (name.startsWith("attr.") && name.length() > 5) {
      String attribute = name.substring(5);
      return new Field(Column.text(name), task -> task.attributes().get(attribute));
    }
    String canonical = canonical(name);
    for (Field field : ALL) {
      if (field.column().name().equals(canonical)) {
        return field;
      }
    }
    throw new UnknownFieldException(name);
  }

  /** A name that is no field of a task. */
  public static final class UnknownFieldException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String field;

    UnknownFieldException(String field) {
      super("unknown field `" + field + "`");
      this.field = field;
    }

    /** The name. */
    public String field() {
      return field;
    }
  }
}
