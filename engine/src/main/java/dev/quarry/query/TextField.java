package dev.quarry.query;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;

/** A field of text, ordered by code point. */
public final class TextField extends Field<String> {
  TextField(String name) {
    super(name);
  }

  /** Equal to {@code value}. */
  public Condition is(String value) {
    return new Condition.Compare(this, Condition.Op.EQ, value);
  }

  /** Not equal to {@code value}, or absent. */
  public Condition isNot(String value) {
    return new Condition.Not(is(value));
  }

  /** Equal to one of {@code values}; never true for none. */
  public Condition in(String... values) {
    return in(Arrays.asList(values));
  }

  /** Equal to one of {@code values}; never true for none. */
  public Condition in(Collection<String> values) {
    return new Condition.In(this, new LinkedHashSet<>(values));
  }

  /** Begins with {@code prefix}. */
  public Condition startsWith(String prefix) {
    return new Condition.Compare(this, Condition.Op.STARTS_WITH, prefix);
  }

  /** {@code >= value}. */
  public Condition atLeast(String value) {
    return new Condition.Compare(this, Condition.Op.GE, value);
  }

  /** {@code < value}. */
  public Condition before(String value) {
    return new Condition.Compare(this, Condition.Op.LT, value);
  }
}
