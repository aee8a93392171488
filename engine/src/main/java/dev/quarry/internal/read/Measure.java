package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.Objects;

/**
 * A number that a task may have: an amount of hours, or the seconds between one of its times and a
 * moment. NaN stands for none. Immutable.
 */
public final class Measure {
  private static final double MICROS = 1e6;

  private final Field<?> field;
  private final boolean isTime;

  /** Whether the number is what is left from the moment on; else what has gone by since. */
  private final boolean isAhead;

  private final long moment;

  private Measure(Field<?> field, boolean isTime, long moment) {
    this.field = Objects.requireNonNull(field, "field");
    this.isTime = isTime;
    this.isAhead = field.equals(TaskFields.DUE_AT);
    this.moment = moment;
  }

  /** Hours. */
  public static Measure of(HoursField field) {
    return new Measure(field, false, 0);
  }

  /** Seconds: from the moment to a due time, from every other time to the moment. */
  public static Measure of(InstantField field, Instant moment) {
    return new Measure(field, true, IndexedFields.micros(moment));
  }

  /** The number of a task. */
  double of(IndexedFields task) {
    if (!isTime) {
      return task.hours(field) + 0.0; // zero has no sign in a row, so it has none here
    }
    long time = task.time(field);
    return time == IndexedFields.NO_TIME ? Double.NaN : seconds(time);
  }

  /** The column of a task's row that {@link #of(long)} takes. */
  int column() {
    return Terms.numberColumn(field);
  }

  /** The number of a task by its row's column. */
  double of(long column) {
    if (column == Terms.ABSENT) {
      return Double.NaN;
    }
    return isTime ? seconds(column) : Terms.hours(column);
  }

  private double seconds(long time) {
    long from = isAhead ? moment : time;
    long to = isAhead ? time : moment;
    long micros = to - from;
    boolean overflows = ((to ^ from) & (to ^ micros)) < 0;
    return (overflows ? (double) to - (double) from : micros) / MICROS;
  }
}
