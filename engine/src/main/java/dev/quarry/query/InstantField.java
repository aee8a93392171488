package dev.quarry.query;

import java.time.Instant;

/** A time of a task, in whole microseconds. A task without it satisfies no comparison. */
public final class InstantField extends Field<Instant> {
  InstantField(String name) {
    super(name);
  }

  /** Equal to {@code value}. */
  public Condition is(Instant value) {
    return new Condition.Compare(this, Condition.Op.EQ, value);
  }

  /** {@code < value}. */
  public Condition before(Instant value) {
    return new Condition.Compare(this, Condition.Op.LT, value);
  }

  /** {@code > value}. */
  public Condition after(Instant value) {
    return new Condition.Compare(this, Condition.Op.GT, value);
  }

  /** {@code >= value}. */
  public Condition atOrAfter(Instant value) {
    return new Condition.Compare(this, Condition.Op.GE, value);
  }

  /** {@code <= value}. */
  public Condition atOrBefore(Instant value) {
    return new Condition.Compare(this, Condition.Op.LE, value);
  }

  /** {@code >= from} and {@code < to}. */
  public Condition between(Instant from, Instant to) {
    return atOrAfter(from).and(before(to));
  }
}
