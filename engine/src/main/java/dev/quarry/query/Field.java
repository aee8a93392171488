package dev.quarry.query;

import java.util.Objects;

/**
 * A typed field of a task. Values of this type stand in {@link TaskFields}; they are equal when
 * their names are. Immutable.
 *
 * @param <T> type of the field's values
 */
public abstract sealed class Field<T>
    permits EnumField, TextField, TagsField, InstantField, HoursField {
  private final String name;

  Field(String name) {
    this.name = Objects.requireNonNull(name, "name");
  }

  /**
   * The field's name in the text form of queries, such as {@code priority} or {@code attr.team}.
   */
  public final String name() {
    return name;
  }

  /** Whether results can be ordered by it. */
  public boolean isOrderable() {
    return true;
  }

  /** The task has no value in this field. */
  public final Condition isNull() {
    return new Condition.IsNull(this);
  }

  /** The task has a value in this field. */
  public final Condition isNotNull() {
    return new Condition.Not(isNull());
  }

  /** Smallest first; tasks without a value last. */
  public final Order ascending() {
    return new Order(this, false);
  }

  /** Tasks without a value first, then largest first. */
  public final Order descending() {
    return new Order(this, true);
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof Field<?> that && name.equals(that.name);
  }

  @Override
  public final int hashCode() {
    return name.hashCode();
  }

  @Override
  public final String toString() {
    return name;
  }
}
