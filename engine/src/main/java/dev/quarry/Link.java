package dev.quarry;

import java.util.Objects;

/**
 * A typed reference from one task to another, beside its {@linkplain Task#dependencies
 * dependencies}, which block. Links never block. The target need not exist.
 *
 * @param type what the target is to the task
 * @param target id of the other task
 */
public record Link(Type type, String target) {
  /** What the target is to the task that holds the link. */
  public enum Type {
    /** The task is a part of the target. */
    PARENT,
    /** The two have to do with each other. */
    RELATED,
    /** The task says the same as the target. */
    DUPLICATES,
    /** The task takes the place of the target. */
    SUPERSEDES
  }

  /** Checks. */
  public Link {
    Objects.requireNonNull(type, "type");
    TaskChecks.name("link target", target);
  }

  /** Such as {@code PARENT TASK-1}. */
  @Override
  public String toString() {
    return type + " " + target;
  }
}
