package dev.quarry.query;

/** An amount of hours. A task without it satisfies no comparison. */
public final class HoursField extends Field<Double> {
  HoursField(String name) {
    super(name);
  }

  /** Equal to {@code value}. */
  public Condition is(double value) {
    return new Condition.Compare(this, Condition.Op.EQ, value);
  }

  /** {@code < value}. */
  public Condition lessThan(double value) {
    return new Condition.Compare(this, Condition.Op.LT, value);
  }

  /** {@code <= value}. */
  public Condition atMost(double value) {
    return new Condition.Compare(this, Condition.Op.LE, value);
  }

  /** {@code > value}. */
  public Condition moreThan(double value) {
    return new Condition.Compare(this, Condition.Op.GT, value);
  }

  /** {@code >= value}. */
  public Condition atLeast(double value) {
    return new Condition.Compare(this, Condition.Op.GE, value);
  }
}
