package dev.quarry.query;

import java.util.Collection;
import java.util.LinkedHashSet;

/**
 * A field with few named values, ordered as the constants are declared.
 *
 * @param <E> the enum
 */
public final class EnumField<E extends Enum<E>> extends Field<E> {
  private final Class<E> type;

  EnumField(String name, Class<E> type) {
    super(name);
    this.type = type;
  }

  /** The enum. */
  public Class<E> type() {
    return type;
  }

  /** Equal to {@code value}. */
  public Condition is(E value) {
    return new Condition.Compare(this, Condition.Op.EQ, value);
  }

  /** Not equal to {@code value}. */
  public Condition isNot(E value) {
    return new Condition.Not(is(value));
  }

  /** Equal to one of {@code values}. */
  @SafeVarargs
  public final Condition in(E... values) {
    LinkedHashSet<E> set = new LinkedHashSet<>();
    for (E value : values) {
      set.add(value);
    }
    return new Condition.In(this, set);
  }

  /** Equal to one of {@code values}; never true for none. */
  public Condition in(Collection<E> values) {
    return new Condition.In(this, new LinkedHashSet<>(values));
  }

  /** {@code >= value}. */
  public Condition atLeast(E value) {
    return new Condition.Compare(this, Condition.Op.GE, value);
  }

  /** {@code <= value}. */
  public Condition atMost(E value) {
    return new Condition.Compare(this, Condition.Op.LE, value);
  }
}
