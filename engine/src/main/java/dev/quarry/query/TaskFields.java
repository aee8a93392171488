package dev.quarry.query;

import dev.quarry.Priority;
import dev.quarry.Status;
import java.time.Instant;
import java.util.List;

/** The fields of a task that queries can name. */
public final class TaskFields {
  /**
   * The id. One, or a prefix that few tasks have (2,000, in large stores up to 10,000), is looked
   * up among the ids; so is any prefix or range where the result is ordered by id. For other
   * prefixes the records are read until there are enough.
   */
  public static final TextField ID = new TextField("id");

  /** Where the task stands. */
  public static final EnumField<Status> STATUS = new EnumField<>("status", Status.class);

  /** How urgent it is. */
  public static final EnumField<Priority> PRIORITY = new EnumField<>("priority", Priority.class);

  /** The project. */
  public static final TextField PROJECT = new TextField("project");

  /** The agent. */
  public static final TextField AGENT = new TextField("agent");

  /** The assignee. */
  public static final TextField ASSIGNEE = new TextField("assignee");

  /** The tags. */
  public static final TagsField TAGS = new TagsField("tags");

  /** When it was created. */
  public static final InstantField CREATED_AT = new InstantField("created");

  /** When it was last changed. */
  public static final InstantField UPDATED_AT = new InstantField("updated");

  /** When it is due. */
  public static final InstantField DUE_AT = new InstantField("due");

  /** When it was done. */
  public static final InstantField COMPLETED_AT = new InstantField("completed");

  /** Hours planned. */
  public static final HoursField ESTIMATED_HOURS = new HoursField("estimated");

  /** Hours spent. */
  public static final HoursField ACTUAL_HOURS = new HoursField("actual");

  /** What the name of an attribute's field begins with. */
  public static final String ATTRIBUTE_PREFIX = "attr.";

  private static final List<Field<?>> ALL =
      List.of(
          ID,
          STATUS,
          PRIORITY,
          PROJECT,
          AGENT,
          ASSIGNEE,
          TAGS,
          CREATED_AT,
          UPDATED_AT,
          DUE_AT,
          COMPLETED_AT,
          ESTIMATED_HOURS,
          ACTUAL_HOURS);

  private TaskFields() {}

  /** All fields but attributes, in the order of declaration. */
  public static List<Field<?>> all() {
    return ALL;
  }

  /** The field of the attribute {@code name}; indexed only where an index on it was created. */
  public static TextField attribute(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an attribute's name must not be empty");
    }
    return new TextField(ATTRIBUTE_PREFIX + name);
  }

  /** Whether the field is one of an attribute. */
  public static boolean isAttribute(Field<?> field) {
    return field.name().startsWith(ATTRIBUTE_PREFIX);
  }

  /** The name of the attribute behind a field for which {@link #isAttribute} is true. */
  public static String attributeName(Field<?> field) {
    return field.name().substring(ATTRIBUTE_PREFIX.length());
  }

  /** The field with this name in the text form, or null. */
  public static Field<?> byName(String name) {
    for (Field<?> field : ALL) {
      if (field.name().equals(name)) {
        return field;
      }
    }
    return name.startsWith(ATTRIBUTE_PREFIX) && name.length() > ATTRIBUTE_PREFIX.length()
        ? new TextField(name)
        : null;
  }

  /** The type of a field's values, for parsers. */
  static Class<?> valueType(Field<?> field) {
    if (field instanceof EnumField<?> e) {
      return e.type();
    }
    return field instanceof InstantField
        ? Instant.class
        : field instanceof HoursField ? Double.class : String.class;
  }
}
