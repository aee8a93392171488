package dev.quarry.bench;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The fields that one event of the beads trace sets, in its own names, and how they map onto a
 * task. Immutable.
 *
 * @param fields name to a String, a {@code List<String>}, or null for a field that was removed
 */
public record TraceEdit(Map<String, Object> fields) {
  private static final int MAX_NAME = Task.MAX_NAME_CHARS;

  /** The task with the fields set. */
  public Task applyTo(Task before) {
    Task.Builder task = before.toBuilder();
    List<String> tags = new ArrayList<>(before.tags());
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      String value = field.getValue() instanceof String s ? s : null;
      switch (field.getKey()) {
        case "id" -> {}
        case "title" -> task.title(value == null ? "" : value);
        case "description" -> task.description(value);
        case "notes" -> task.notes(value);
        case "status" -> task.status(status(value));
        case "priority" -> task.priority(priority(value));
        case "assignee" -> task.assignee(name(value));
        case "owner" -> task.agent(name(value));
        case "source_repo" -> task.project(name(value));
        case "created_at" -> task.createdAt(instant(value));
        case "updated_at" -> task.updatedAt(instant(value));
        case "closed_at" -> task.completedAt(instant(value));
        case "dependencies" -> task.dependencies(list(field.getValue()));
        case "labels" -> {
          tags.clear();
          tags.addAll(list(field.getValue()));
        }
        default -> task.attribute(field.getKey(), value);
      }
    }
    return task.tags(tags).build();
  }

  private static Status status(String value) {
    return switch (value == null ? "open" : value) {
      case "closed", "done" -> Status.DONE;
      case "in_progress", "hooked" -> Status.IN_PROGRESS;
      case "blocked", "deferred" -> Status.BLOCKED;
      case "tombstone" -> Status.CANCELLED;
      default -> Status.TODO;
    };
  }

  private static Priority priority(String value) {
    return switch (value == null ? "2" : value) {
      case "0" -> Priority.CRITICAL;
      case "1" -> Priority.HIGH;
      case "2" -> Priority.MEDIUM;
      default -> Priority.LOW;
    };
  }

  private static Instant instant(String value) {
    return value == null ? null : OffsetDateTime.parse(value).toInstant();
  }

  private static String name(String value) {
    if (value == null || value.isEmpty()) {
      return null;
    }
    return value.length() > MAX_NAME ? value.substring(0, MAX_NAME) : value;
  }

  private static List<String> list(Object value) {
    List<String> names = new ArrayList<>();
    if (value instanceof List<?> all) {
      all.forEach(one -> names.add(name(String.valueOf(one))));
    }
    names.removeIf(n -> n == null);
    return names;
  }
}
