package dev.quarry.tools.importing;

import dev.quarry.Link;
import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A record on its way to become a task. Its setters take what the source has; what a task cannot
 * hold goes into an attribute.
 */
final class TaskDraft {
  final String file;
  final long line;

  /** The id in the source, or null. */
  String id;

  /** Whether the id was made up from the content, so that equal ones are numbered. */
  boolean generatedId;

  /** Whether it may be of an export, so that the names of other tasks stay as they are. */
  boolean isExact;

  String project;
  String title;
  String description;
  String notes;
  Status status = Status.TODO;

  /** The source's word for the status, or null. */
  String statusWord;

  Priority priority = Priority.MEDIUM;
  String agent;
  String assignee;
  Instant createdAt;
  Instant updatedAt;
  Instant dueAt;
  Instant completedAt;
  final Set<String> dependencies = new LinkedHashSet<>();
  final Set<Link> links = new LinkedHashSet<>();
  final Set<String> tags = new LinkedHashSet<>();
  Double estimatedHours;
  Double actualHours;
  final Map<String, String> attributes = new LinkedHashMap<>();
  final List<String> warnings = new ArrayList<>();

  TaskDraft(String file, long line) {
    this.file = file;
    this.line = line;
  }

  /** A draft of a task that is complete already. */
  static TaskDraft of(Task task, String file, long line) {
    TaskDraft d = new TaskDraft(file, line);
    d.isExact = true;
    d.id = task.id();
    d.project = task.project();
    d.title = task.title();
    d.description = task.description();
    d.notes = task.notes();
    d.status = task.status();
    d.priority = task.priority();
    d.agent = task.agent();
    d.assignee = task.assignee();
    d.createdAt = task.createdAt();
    d.updatedAt = task.updatedAt();
    d.dueAt = task.dueAt();
    d.completedAt = task.completedAt();
    d.dependencies.addAll(task.dependencies());
    d.links.addAll(task.links());
    d.tags.addAll(task.tags());
    d.estimatedHours = task.estimatedHours();
    d.actualHours = task.actualHours();
    d.attributes.putAll(task.attributes());
    return d;
  }

  /** Keeps a value under a name; a name that is taken gets a number. */
  void keep(String name, String value) {
    String key = name.isEmpty() ? "(empty)" : name;
    String kept = value;
    if (key.length() > Task.MAX_NAME_CHARS) {
      kept = Json.toText(Map.of(key, value));
      key = key.substring(0, 200) + "...";
    }
    attributes.put(Json.freeName(attributes, key), kept);
  }

  /** The task. Names, which must be valid Unicode, get escapes for unpaired surrogates. */
  Task build(String taskId, UnaryOperator<String> repair) {
    UnaryOperator<String> name = text -> escaped(repair.apply(text));
    Task.Builder b = Task.builder(taskId, repair.apply(title == null ? "" : title));
    b.project(apply(name, project));
    b.description(apply(repair, description));
    b.notes(apply(repair, notes));
    b.status(status);
    b.priority(priority);
    b.agent(apply(name, agent));
    b.assignee(apply(name, assignee));
    b.createdAt(createdAt);
    b.updatedAt(updatedAt);
    b.dueAt(dueAt);
    b.completedAt(completedAt);
    b.dependencies(dependencies.stream().map(name).toList());
    b.links(links.stream().map(l -> new Link(l.type(), name.apply(l.target()))).toList());
    b.tags(tags.stream().map(name).toList());
    b.estimatedHours(estimatedHours);
    b.actualHours(actualHours);
    Map<String, String> repaired = new LinkedHashMap<>();
    attributes.forEach((k, v) -> repaired.put(name.apply(k), repair.apply(v)));
    b.attributes(repaired);
    return b.build();
  }

  /** The text with half pairs of surrogates as they stand in JSON: {@code \}{@code ud800}. */
  static String escaped(String text) {
    int at = 0;
    while (at < text.length() && !Character.isSurrogate(text.charAt(at))) {
      at++;
    }
    if (at == text.length()) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 6).append(text, 0, at);
    for (int c; at < text.length(); at += Character.charCount(c)) {
      c = text.codePointAt(at);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        out.append(String.format(Locale.ROOT, "\\u%04x", c));
      } else {
        out.appendCodePoint(c);
      }
    }
    return out.toString();
  }

  private static String apply(UnaryOperator<String> repair, String value) {
    return value == null ? null : repair.apply(value);
  }
}
