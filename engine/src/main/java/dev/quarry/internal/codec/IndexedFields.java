package dev.quarry.internal.codec;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The fields of a task that queries can name, without its texts. Immutable. Times are microseconds
 * since 1970, hours are doubles, so that reading a million of them allocates little.
 */
public final class IndexedFields {
  /** What {@link #waits} answers where nobody has looked. */
  public static final int WAITS_UNKNOWN = -1;

  /** Stands for an absent time. */
  public static final long NO_TIME = Long.MIN_VALUE;

  private static final long MICROS = 1_000_000L;

  private final String id;
  private final long version;
  private final Status status;
  private final Priority priority;
  private final String project;
  private final String agent;
  private final String assignee;
  private final List<String> tags;
  private final long createdAt;
  private final long updatedAt;
  private final long dueAt;
  private final long completedAt;
  private final double estimatedHours;
  private final double actualHours;
  private final Map<String, String> attributes;
  private final int waits;

  /** What a reader fills in before it makes the value. */
  static final class Draft {
    String id;
    long version;
    Status status;
    Priority priority;
    String project;
    String agent;
    String assignee;
    List<String> tags = List.of();
    long createdAt = NO_TIME;
    long updatedAt = NO_TIME;
    long dueAt = NO_TIME;
    long completedAt = NO_TIME;
    double estimatedHours = Double.NaN;
    double actualHours = Double.NaN;
    Map<String, String> attributes = PairMap.EMPTY;
    int waits = WAITS_UNKNOWN;
  }

  IndexedFields(Draft draft) {
    id = draft.id;
    version = draft.version;
    status = draft.status;
    priority = draft.priority;
    project = draft.project;
    agent = draft.agent;
    assignee = draft.assignee;
    tags = draft.tags;
    createdAt = draft.createdAt;
    updatedAt = draft.updatedAt;
    dueAt = draft.dueAt;
    completedAt = draft.completedAt;
    estimatedHours = draft.estimatedHours;
    actualHours = draft.actualHours;
    attributes = draft.attributes;
    waits = draft.waits;
  }

  /** The same, knowing what the task waits for: see {@link #isReady}. */
  public IndexedFields withWaits(int value) {
    Draft draft = new Draft();
    draft.id = id;
    draft.version = version;
    draft.status = status;
    draft.priority = priority;
    draft.project = project;
    draft.agent = agent;
    draft.assignee = assignee;
    draft.tags = tags;
    draft.createdAt = createdAt;
    draft.updatedAt = updatedAt;
    draft.dueAt = dueAt;
    draft.completedAt = completedAt;
    draft.estimatedHours = estimatedHours;
    draft.actualHours = actualHours;
    draft.attributes = attributes;
    draft.waits = value;
    return new IndexedFields(draft);
  }

  /** Whether the task can be started: TODO, and waits for nothing. */
  public boolean isReady() {
    if (status != Status.TODO) {
      return false;
    }
    if (waits == WAITS_UNKNOWN) {
      throw new IllegalStateException("nobody has looked what task " + id + " waits for");
    }
    return waits == 0;
  }

  /** Those of a task. */
  public static IndexedFields of(Task task) {
    Draft draft = new Draft();
    draft.id = task.id();
    draft.version = task.version();
    draft.status = task.status();
    draft.priority = task.priority();
    draft.project = task.project();
    draft.agent = task.agent();
    draft.assignee = task.assignee();
    draft.tags = task.tags();
    draft.createdAt = microsOrNone(task.createdAt());
    draft.updatedAt = microsOrNone(task.updatedAt());
    draft.dueAt = microsOrNone(task.dueAt());
    draft.completedAt = microsOrNone(task.completedAt());
    draft.estimatedHours = hoursOrNone(task.estimatedHours());
    draft.actualHours = hoursOrNone(task.actualHours());
    draft.attributes = task.attributes();
    return new IndexedFields(draft);
  }

  static long microsOrNone(Instant time) {
    return time == null ? NO_TIME : micros(time);
  }

  static Instant instantOrNull(long micros) {
    return micros == NO_TIME ? null : instant(micros);
  }

  static double hoursOrNone(Double hours) {
    return hours == null ? Double.NaN : hours;
  }

  static Double hoursOrNull(double hours) {
    return Double.isNaN(hours) ? null : (Double) hours;
  }

  /**
   * Whole microseconds since 1970, rounded down: exact for the times of a task. A time beyond the
   * range of a long gives the nearest end of it, {@code NO_TIME + 1} or {@code Long.MAX_VALUE}.
   */
  public static long micros(Instant time) {
    long seconds = time.getEpochSecond();
    if (seconds >= Long.MAX_VALUE / MICROS) {
      return Long.MAX_VALUE;
    }
    if (seconds <= Long.MIN_VALUE / MICROS) {
      return NO_TIME + 1;
    }
    return seconds * MICROS + time.getNano() / 1_000;
  }

  /** The time that lies this many microseconds after 1970. */
  public static Instant instant(long micros) {
    long seconds = Math.floorDiv(micros, MICROS);
    return Instant.ofEpochSecond(seconds, (micros - seconds * MICROS) * 1_000);
  }

  /** The id. */
  public String id() {
    return id;
  }

  /** The sequence of the commit that wrote the task. */
  public long version() {
    return version;
  }

  /** The status. */
  public Status status() {
    return status;
  }

  /** The priority. */
  public Priority priority() {
    return priority;
  }

  /** The project, or null. */
  public String project() {
    return project;
  }

  /** The agent, or null. */
  public String agent() {
    return agent;
  }

  /** The assignee, or null. */
  public String assignee() {
    return assignee;
  }

  /** The tags, unmodifiable, in the order given. */
  public List<String> tags() {
    return tags;
  }

  /** Time of creation in microseconds, or {@link #NO_TIME}. */
  public long createdAt() {
    return createdAt;
  }

  /** Time of the last change in microseconds, or {@link #NO_TIME}. */
  public long updatedAt() {
    return updatedAt;
  }

  /** Due time in microseconds, or {@link #NO_TIME}. */
  public long dueAt() {
    return dueAt;
  }

  /** Time of completion in microseconds, or {@link #NO_TIME}. */
  public long completedAt() {
    return completedAt;
  }

  /** Hours planned, or NaN. */
  public double estimatedHours() {
    return estimatedHours;
  }

  /** Hours spent, or NaN. */
  public double actualHours() {
    return actualHours;
  }

  /** The attributes, unmodifiable, sorted by name. */
  public Map<String, String> attributes() {
    return attributes;
  }

  /**
   * The value of a field: a Status, Priority, String, Instant or Double, the list of tags for
   * {@link TaskFields#TAGS}, or null where absent. Zero hours have no sign here, as in indexes and
   * comparisons: values that queries hold for equal are equal.
   */
  public Object value(Field<?> field) {
    return switch (field.name()) {
      case "status" -> status;
      case "priority" -> priority;
      case "tags" -> tags;
      case "created", "updated", "due", "completed" -> instantOrNull(time(field));
      case "estimated", "actual" -> hoursOrNull(hours(field) + 0.0);
      default -> text(field);
    };
  }

  /** Whether another has the same value of a field. */
  public boolean isSame(Field<?> field, IndexedFields other) {
    return switch (field.name()) {
      case "status" -> status == other.status;
      case "priority" -> priority == other.priority;
      case "tags" -> tags.equals(other.tags);
      case "created", "updated", "due", "completed" -> time(field) == other.time(field);
      case "estimated", "actual" -> Double.compare(hours(field), other.hours(field)) == 0;
      default -> Objects.equals(text(field), other.text(field));
    };
  }

  /** The value of a field of text, or null where absent. */
  public String text(Field<?> field) {
    return switch (field.name()) {
      case "id" -> id;
      case "project" -> project;
      case "agent" -> agent;
      case "assignee" -> assignee;
      default -> attribute(field);
    };
  }

  private String attribute(Field<?> field) {
    if (!TaskFields.isAttribute(field)) {
      throw new IllegalArgumentException(field.name() + " is not a field of text");
    }
    return attributes.get(TaskFields.attributeName(field));
  }

  /** The value of a field of time in microseconds, or {@link #NO_TIME}. */
  public long time(Field<?> field) {
    return switch (field.name()) {
      case "created" -> createdAt;
      case "updated" -> updatedAt;
      case "due" -> dueAt;
      case "completed" -> completedAt;
      default -> throw new IllegalArgumentException(field.name() + " is not a field of time");
    };
  }

  /** The value of a field of hours, or NaN. */
  public double hours(Field<?> field) {
    return switch (field.name()) {
      case "estimated" -> estimatedHours;
      case "actual" -> actualHours;
      default -> throw new IllegalArgumentException(field.name() + " is not a field of hours");
    };
  }

  /** Equal when all fields are, the version too. */
  @Override
  public boolean equals(Object other) {
    return other instanceof IndexedFields that
        && id.equals(that.id)
        && version == that.version
        && status == that.status
        && priority == that.priority
        && Objects.equals(project, that.project)
        && Objects.equals(agent, that.agent)
        && Objects.equals(assignee, that.assignee)
        && tags.equals(that.tags)
        && createdAt == that.createdAt
        && updatedAt == that.updatedAt
        && dueAt == that.dueAt
        && completedAt == that.completedAt
        && Double.compare(estimatedHours, that.estimatedHours) == 0
        && Double.compare(actualHours, that.actualHours) == 0
        && attributes.equals(that.attributes);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** One line: id, status, priority, tags. */
  @Override
  public String toString() {
    return id + " " + status + " " + priority + " " + tags;
  }
}
