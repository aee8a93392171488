package dev.quarry.internal.codec;

import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Which of the fields a partial read wants. Immutable; worked out once for all its records. */
public final class FieldSelection {
  static final FieldSelection ALL = new FieldSelection();

  final boolean created;
  final boolean updated;
  final boolean due;
  final boolean completed;
  final boolean estimated;
  final boolean actual;
  final boolean project;
  final boolean agent;
  final boolean assignee;
  final boolean tags;
  final boolean anyAttribute;
  private final Set<String> attributes;

  private FieldSelection() {
    created = true;
    updated = true;
    due = true;
    completed = true;
    estimated = true;
    actual = true;
    project = true;
    agent = true;
    assignee = true;
    tags = true;
    anyAttribute = true;
    attributes = null;
  }

  /** These fields, beside those that every partial task has. */
  public FieldSelection(Collection<Field<?>> only) {
    created = only.contains(TaskFields.CREATED_AT);
    updated = only.contains(TaskFields.UPDATED_AT);
    due = only.contains(TaskFields.DUE_AT);
    completed = only.contains(TaskFields.COMPLETED_AT);
    estimated = only.contains(TaskFields.ESTIMATED_HOURS);
    actual = only.contains(TaskFields.ACTUAL_HOURS);
    project = only.contains(TaskFields.PROJECT);
    agent = only.contains(TaskFields.AGENT);
    assignee = only.contains(TaskFields.ASSIGNEE);
    tags = only.contains(TaskFields.TAGS);
    Set<String> names = new HashSet<>();
    for (Field<?> field : only) {
      if (TaskFields.isAttribute(field)) {
        names.add(TaskFields.attributeName(field));
      }
    }
    anyAttribute = !names.isEmpty();
    attributes = names;
  }

  boolean attribute(String name) {
    return attributes == null || attributes.contains(name);
  }
}
