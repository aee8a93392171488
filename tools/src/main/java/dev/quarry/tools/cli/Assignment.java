package dev.quarry.tools.cli;

import dev.quarry.Link;
import dev.quarry.Task;
import dev.quarry.tools.render.TaskColumns;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** One change of one field, as in {@code status=done} or {@code tags+=urgent}. */
final class Assignment {
  private static final List<String> LISTS = List.of("tags", "dependencies", "links");
  private static final List<String> FIXED = List.of("id", "version", "updated_at", "attributes");

  private final BiConsumer<Task.Builder, Task> change;
  private final boolean adds;

  private Assignment(BiConsumer<Task.Builder, Task> change) {
    this(change, false);
  }

  private Assignment(BiConsumer<Task.Builder, Task> change, boolean addsDependencies) {
    this.change = change;
    adds = addsDependencies;
  }

  /** Whether the task may wait for others that it did not wait for. */
  boolean addsDependencies() {
    return adds;
  }

  /** Makes the change on what the builder holds now. */
  void apply(Task.Builder builder) {
    change.accept(builder, builder.build());
  }

  static Assignment parse(String text, Instant now) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw CliException.usage("expected FIELD=VALUE, but found `" + text + "`");
    }
    char before = text.charAt(equals - 1);
    boolean isList = before == '+' || before == '-';
    String name = text.substring(0, isList ? equals - 1 : equals).strip();
    String value = text.substring(equals + 1);
    if (name.startsWith("attr.") && name.length() > 5 && !isList) {
      String given = value.isEmpty() ? null : value;
      return new Assignment((b, t) -> b.attribute(name.substring(5), given));
    }
    String field = TaskColumns.canonical(name);
    if (LISTS.contains(field)) {
      return list(field, name, isList ? before : '=', value);
    }
    if (isList) {
      throw CliException.usage(
          "only tags, dependencies and links can be added to or taken from, not `" + name + "`");
    }
    return single(field, name, value, now);
  }

  private static Assignment list(String field, String name, char operator, String text) {
    List<String> items =
        Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
    return switch (field) {
      case "tags" -> new Assignment(list(operator, items, Task::tags, Task.Builder::tags));
      case "links" -> {
        List<Link> links = items.stream().map(item -> Inputs.link(name, item)).toList();
        yield new Assignment(list(operator, links, Task::links, Task.Builder::links));
      }
      default ->
          new Assignment(
              list(operator, items, Task::dependencies, Task.Builder::dependencies),
              operator != '-');
    };
  }

  private static <T> BiConsumer<Task.Builder, Task> list(
      char operator,
      List<T> items,
      Function<Task, List<T>> present,
      BiConsumer<Task.Builder, Collection<T>> set) {
    return (builder, task) -> {
      Set<T> result = new LinkedHashSet<>();
      if (operator != '=') {
        result.addAll(present.apply(task));
      }
      if (operator == '-') {
        items.forEach(result::remove);
      } else {
        result.addAll(items);
      }
      set.accept(builder, result);
    };
  }

  private static Assignment single(String field, String name, String value, Instant now) {
    String given = value.isEmpty() ? null : value;
    Instant time = field.endsWith("_at") && given != null ? Inputs.time(name, value, now) : null;
    Double hours =
        field.endsWith("_hours") && given != null ? (Double) Inputs.hours(name, value) : null;
    return new Assignment(
        switch (field) {
          case "title" -> {
            require(given, name);
            yield (b, t) -> b.title(given);
          }
          case "status" -> {
            var status = Inputs.status(value);
            yield (b, t) -> b.status(status);
          }
          case "priority" -> {
            var priority = Inputs.priority(value);
            yield (b, t) -> b.priority(priority);
          }
          case "project" -> (b, t) -> b.project(given);
          case "agent" -> (b, t) -> b.agent(given);
          case "assignee" -> (b, t) -> b.assignee(given);
          case "description" -> (b, t) -> b.description(given);
          case "notes" -> (b, t) -> b.notes(given);
          case "due_at" -> (b, t) -> b.dueAt(time);
          case "completed_at" -> (b, t) -> b.completedAt(time);
          case "created_at" -> {
            require(given, name);
            yield (b, t) -> b.createdAt(time);
          }
          case "estimated_hours" -> (b, t) -> b.estimatedHours(hours);
          case "actual_hours" -> (b, t) -> b.actualHours(hours);
          default -> throw unknown(name);
        });
  }

  private static void require(String value, String name) {
    if (value == null) {
      throw CliException.usage(name + " must not be empty");
    }
  }

  private static CliException unknown(String name) {
    if (FIXED.contains(TaskColumns.canonical(name))) {
      return CliException.usage(
          "`"
              + name
              + "` cannot be set"
              + (name.startsWith("attr") ? "; use attr.NAME=VALUE" : ""));
    }
    List<String> settable = new ArrayList<>(TaskColumns.names());
    settable.removeAll(FIXED);
    return Session.unknownField(name, settable);
  }
}
