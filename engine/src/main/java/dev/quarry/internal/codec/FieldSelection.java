package dev.quarry.internal.codec;

import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.util.HashSet;
import java.util.Set;

/** Which of the variable-length fields a partial read wants. */
final class FieldSelection {
  static final FieldSelection ALL = new FieldSelection();

  final boolean project;
  final boolean agent;
  final boolean assignee;
  final boolean tags;
  final boolean anyAttribute;
  private final Set<String> attributes;

  private FieldSelection() {
    project = true;
    agent = true;
    assignee = true;
    tags = true;
    anyAttribute = true;
    attributes = null;
  }

  FieldSelection(Set<Field<?>> only) {
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
