package dev.quarry;

import dev.quarry.internal.codec.Unicode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A task: an immutable value. Accessors of optional fields return null where the field is absent.
 * Times are instants in whole microseconds; finer parts are cut off. Two tasks are equal when all
 * fields but {@link #version} are.
 */
public final class Task {
  /** The longest id, in UTF-8 bytes. */
  public static final int MAX_ID_BYTES = 512;

  /** The longest project, agent, assignee, tag, dependency or attribute name, in characters. */
  public static final int MAX_NAME_CHARS = 1_024;

  /** The longest title, text or attribute value, in characters. */
  public static final int MAX_TEXT_CHARS = 16 << 20;

  /** The most tags, dependencies or attributes of one task. */
  public static final int MAX_LIST = 65_535;

  private final String id;
  private final String project;
  private final String title;
  private final String description;
  private final String notes;
  private final Status status;
  private final Priority priority;
  private final String agent;
  private final String assignee;
  private final Instant createdAt;
  private final Instant updatedAt;
  private final Instant dueAt;
  private final Instant completedAt;
  private final List<String> dependencies;
  private final List<String> tags;
  private final List<Link> links;
  private final Double estimatedHours;
  private final Double actualHours;
  private final Map<String, String> attributes;
  private final long version;
  private final boolean partial;

  private Task(Builder b) {
    id = b.id;
    project = b.project;
    title = b.title;
    description = b.description;
    notes = b.notes;
    status = b.status;
    priority = b.priority;
    agent = b.agent;
    assignee = b.assignee;
    createdAt = b.createdAt;
    updatedAt = b.updatedAt;
    dueAt = b.dueAt;
    completedAt = b.completedAt;
    dependencies = b.dependencies;
    tags = b.tags;
    links = b.links;
    estimatedHours = b.estimatedHours;
    actualHours = b.actualHours;
    attributes = b.attributes;
    version = b.version;
    partial = b.partial;
  }

  /**
   * A builder of a task with this id and title, {@link Status#TODO} and {@link Priority#MEDIUM}.
   *
   * @throws IllegalArgumentException if the id is blank, too long, or has control characters or
   *     unpaired surrogates
   */
  public static Builder builder(String id, String title) {
    return new Builder(checkId(id)).title(title);
  }

  /** Checks an id and returns it. */
  static String checkId(String id) {
    Objects.requireNonNull(id, "id");
    if (id.isBlank()) {
      throw new IllegalArgumentException("a task id must not be blank");
    }
    for (int i = 0; i < id.length(); i++) {
      if (Character.isISOControl(id.charAt(i))) {
        throw new IllegalArgumentException(
            "a task id must have no control characters, but has one at position " + i);
      }
    }
    Unicode.check("a task id", id);
    if (id.length() > MAX_ID_BYTES / 3
        && id.getBytes(StandardCharsets.UTF_8).length > MAX_ID_BYTES) {
      throw new IllegalArgumentException(
          "a task id must have at most "
              + MAX_ID_BYTES
              + " bytes in UTF-8: "
              + id.substring(0, 40));
    }
    return id;
  }

  /** A builder that starts with this task's fields. */
  public Builder toBuilder() {
    Builder b = new Builder(id);
    b.project = project;
    b.title = title;
    b.description = description;
    b.notes = notes;
    b.status = status;
    b.priority = priority;
    b.agent = agent;
    b.assignee = assignee;
    b.createdAt = createdAt;
    b.updatedAt = updatedAt;
    b.dueAt = dueAt;
    b.completedAt = completedAt;
    b.dependencies = dependencies;
    b.tags = tags;
    b.links = links;
    b.estimatedHours = estimatedHours;
    b.actualHours = actualHours;
    b.attributes = attributes;
    b.version = version;
    b.partial = partial;
    return b;
  }

  /** The caller's name of the task, unique in the store. */
  public String id() {
    return id;
  }

  /** The project (partition, board) that it belongs to, or null. */
  public String project() {
    return project;
  }

  /** One line that says what it is. */
  public String title() {
    return title;
  }

  /** The long text, or null. */
  public String description() {
    return description;
  }

  /** Remarks, or null. */
  public String notes() {
    return notes;
  }

  /** Where it stands. */
  public Status status() {
    return status;
  }

  /** How urgent it is. */
  public Priority priority() {
    return priority;
  }

  /** The agent (program) that works on it, or null. */
  public String agent() {
    return agent;
  }

  /** The person that it is assigned to, or null. */
  public String assignee() {
    return assignee;
  }

  /** When it was created; null only before it is stored. */
  public Instant createdAt() {
    return createdAt;
  }

  /** When it was last changed; null only before it is stored. */
  public Instant updatedAt() {
    return updatedAt;
  }

  /** When it is due, or null. */
  public Instant dueAt() {
    return dueAt;
  }

  /** When it was done, or null. */
  public Instant completedAt() {
    return completedAt;
  }

  /** Ids of the tasks that it waits for, which need not exist; distinct, in the order given. */
  public List<String> dependencies() {
    return dependencies;
  }

  /** Its tags; distinct, in the order given. */
  public List<String> tags() {
    return tags;
  }

  /** Its links that do not block; distinct, in the order given. */
  public List<Link> links() {
    return links;
  }

  /** Hours planned, or null. */
  public Double estimatedHours() {
    return estimatedHours;
  }

  /** Hours spent, or null. */
  public Double actualHours() {
    return actualHours;
  }

  /** Further fields by name, sorted by name. */
  public Map<String, String> attributes() {
    return attributes;
  }

  /** The sequence of the commit that wrote this state; 0 before it is stored, and where partial. */
  public long version() {
    return version;
  }

  /** Whether fields were left out when it was read; a partial task cannot be written. */
  public boolean isPartial() {
    return partial;
  }

  /** The same with another status. */
  public Task withStatus(Status value) {
    return toBuilder().status(value).build();
  }

  /** The same with another priority. */
  public Task withPriority(Priority value) {
    return toBuilder().priority(value).build();
  }

  /** The same with another title. */
  public Task withTitle(String value) {
    return toBuilder().title(value).build();
  }

  /** The same with another project, or none for null. */
  public Task withProject(String value) {
    return toBuilder().project(value).build();
  }

  /** The same with another agent, or none for null. */
  public Task withAgent(String value) {
    return toBuilder().agent(value).build();
  }

  /** The same with another assignee, or none for null. */
  public Task withAssignee(String value) {
    return toBuilder().assignee(value).build();
  }

  /** The same with another due time, or none for null. */
  public Task withDueAt(Instant value) {
    return toBuilder().dueAt(value).build();
  }

  /** The same with other tags. */
  public Task withTags(Collection<String> value) {
    return toBuilder().tags(value).build();
  }

  /** The same with other dependencies. */
  public Task withDependencies(Collection<String> value) {
    return toBuilder().dependencies(value).build();
  }

  /** The same with an attribute set, or removed for null. */
  public Task withAttribute(String name, String value) {
    return toBuilder().attribute(name, value).build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Task that
        && id.equals(that.id)
        && status == that.status
        && priority == that.priority
        && partial == that.partial
        && Objects.equals(project, that.project)
        && Objects.equals(title, that.title)
        && Objects.equals(description, that.description)
        && Objects.equals(notes, that.notes)
        && Objects.equals(agent, that.agent)
        && Objects.equals(assignee, that.assignee)
        && Objects.equals(createdAt, that.createdAt)
        && Objects.equals(updatedAt, that.updatedAt)
        && Objects.equals(dueAt, that.dueAt)
        && Objects.equals(completedAt, that.completedAt)
        && dependencies.equals(that.dependencies)
        && tags.equals(that.tags)
        && links.equals(that.links)
        && Objects.equals(estimatedHours, that.estimatedHours)
        && Objects.equals(actualHours, that.actualHours)
        && attributes.equals(that.attributes);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** One line: id, status, priority, title, tags. */
  @Override
  public String toString() {
    return id + " " + status + " " + priority + " " + title + " " + tags;
  }

  /** Collects the fields of a task. Not thread-safe. */
  public static final class Builder {
    private final String id;
    private String project;
    private String title = "";
    private String description;
    private String notes;
    private Status status = Status.TODO;
    private Priority priority = Priority.MEDIUM;
    private String agent;
    private String assignee;
    private Instant createdAt;
    private Instant updatedAt;
    private Instant dueAt;
    private Instant completedAt;
    private List<String> dependencies = List.of();
    private List<String> tags = List.of();
    private List<Link> links = List.of();
    private Double estimatedHours;
    private Double actualHours;
    private Map<String, String> attributes = Collections.emptyMap();
    private long version;
    private boolean partial;

    private Builder(String id) {
      this.id = id;
    }

    /** Sets the project; null for none. */
    public Builder project(String value) {
      project = TaskChecks.optionalName("project", value);
      return this;
    }

    /** Sets the title. */
    public Builder title(String value) {
      title = TaskChecks.text("title", Objects.requireNonNull(value, "title"));
      return this;
    }

    /** Sets the long text; null for none. */
    public Builder description(String value) {
      description = TaskChecks.text("description", value);
      return this;
    }

    /** Sets the remarks; null for none. */
    public Builder notes(String value) {
      notes = TaskChecks.text("notes", value);
      return this;
    }

    /** Sets the status. */
    public Builder status(Status value) {
      status = Objects.requireNonNull(value, "status");
      return this;
    }

    /** Sets the priority. */
    public Builder priority(Priority value) {
      priority = Objects.requireNonNull(value, "priority");
      return this;
    }

    /** Sets the agent; null for none. */
    public Builder agent(String value) {
      agent = TaskChecks.optionalName("agent", value);
      return this;
    }

    /** Sets the assignee; null for none. */
    public Builder assignee(String value) {
      assignee = TaskChecks.optionalName("assignee", value);
      return this;
    }

    /** Sets the creation time; null lets the store set it. */
    public Builder createdAt(Instant value) {
      createdAt = TaskChecks.micros("createdAt", value);
      return this;
    }

    /** Sets the time of the last change; null lets the store set it. */
    public Builder updatedAt(Instant value) {
      updatedAt = TaskChecks.micros("updatedAt", value);
      return this;
    }

    /** Sets the due time; null for none. */
    public Builder dueAt(Instant value) {
      dueAt = TaskChecks.micros("dueAt", value);
      return this;
    }

    /** Sets the time of completion; null for none. */
    public Builder completedAt(Instant value) {
      completedAt = TaskChecks.micros("completedAt", value);
      return this;
    }

    /** Sets the dependencies; doubles are dropped. */
    public Builder dependencies(Collection<String> value) {
      dependencies = TaskChecks.names("dependency", value);
      return this;
    }

    /** Adds a dependency. */
    public Builder dependency(String value) {
      dependencies = TaskChecks.plus(dependencies, "dependency", value);
      return this;
    }

    /** Sets the tags; doubles are dropped. */
    public Builder tags(Collection<String> value) {
      tags = TaskChecks.names("tag", value);
      return this;
    }

    /** Adds a tag. */
    public Builder tag(String value) {
      tags = TaskChecks.plus(tags, "tag", value);
      return this;
    }

    /** Sets the links; doubles are dropped. */
    public Builder links(Collection<Link> value) {
      links = value.isEmpty() ? List.of() : List.copyOf(new LinkedHashSet<>(value));
      TaskChecks.size("links", links.size());
      return this;
    }

    /** Adds a link. */
    public Builder link(Link.Type type, String target) {
      List<Link> all = new ArrayList<>(links);
      all.add(new Link(type, target));
      return links(all);
    }

    /** Sets the hours planned, finite; null for none. */
    public Builder estimatedHours(Double value) {
      estimatedHours = TaskChecks.hours("estimatedHours", value);
      return this;
    }

    /** Sets the hours spent, finite; null for none. */
    public Builder actualHours(Double value) {
      actualHours = TaskChecks.hours("actualHours", value);
      return this;
    }

    /** Sets all attributes. */
    public Builder attributes(Map<String, String> value) {
      if (value.isEmpty()) {
        attributes = Collections.emptyMap();
        return this;
      }
      TreeMap<String, String> copy = new TreeMap<>();
      value.forEach(
          (k, v) -> copy.put(TaskChecks.name("attribute name", k), TaskChecks.attribute(k, v)));
      TaskChecks.size("attributes", copy.size());
      attributes = Collections.unmodifiableMap(copy);
      return this;
    }

    /** Sets one attribute; null removes it. */
    public Builder attribute(String key, String value) {
      TreeMap<String, String> copy = new TreeMap<>(attributes);
      if (value == null) {
        copy.remove(key);
      } else {
        copy.put(TaskChecks.name("attribute name", key), TaskChecks.attribute(key, value));
      }
      TaskChecks.size("attributes", copy.size());
      attributes = Collections.unmodifiableMap(copy);
      return this;
    }

    /** Sets the version; the store overwrites it. */
    public Builder version(long value) {
      version = value;
      return this;
    }

    /** Marks the task as read in part. */
    public Builder partial(boolean value) {
      partial = value;
      return this;
    }

    /** The task. */
    public Task build() {
      return new Task(this);
    }
  }
}
