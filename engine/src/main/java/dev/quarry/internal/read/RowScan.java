package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import dev.quarry.Task;
import dev.quarry.internal.codec.FieldSelection;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.RowTasks;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import java.util.Arrays;
import java.util.List;

/**
 * The partial tasks of a condition, in the order of ordinals, out of the index's rows: no record is
 * read but those of tasks that have changed since the view's sequence. Not thread-safe.
 */
final class RowScan {
  /** Ordinals at a time: what is read of them is settled together. */
  private static final int STRETCH = 512;

  /** With more, a walk over the records is as fast. */
  private static final int MOST_UNTOLD = STRETCH / 8;

  private final PinnedView view;
  private final RecordCodec codec;
  private final FieldSelection only;
  private final Deadline deadline;
  private final Matcher holds;
  private final RowPredicate rowHolds;
  private final SettledRows rows;
  private final RowTasks maker;
  private final int wanted;
  private final Task[] stretch = new Task[STRETCH];
  private int next = STRETCH;
  private long position;

  /**
   * Of this stretch, those that are left to their records: of which the row alone does not tell, in
   * front, and that have changed since. Those below {@code settled} have been read.
   */
  private final long[] byRecord = new long[MOST_UNTOLD + STRETCH];

  private int byRecordCount;
  private int settled;
  private long examined;
  private boolean abandoned;

  private RowScan(
      PinnedView view,
      RecordCodec codec,
      FieldSelection only,
      Condition condition,
      RowPredicate rowHolds,
      SettledRows rows,
      RowTasks maker,
      Deadline deadline) {
    this.view = view;
    this.codec = codec;
    this.only = only;
    this.deadline = deadline;
    this.holds = Matcher.of(condition, view);
    this.rowHolds = rowHolds;
    this.rows = rows;
    this.maker = maker;
    this.wanted = maker.columns() | RowPredicate.columns(condition);
  }

  /** A scan for these fields, or null where rows do not have them, or cannot decide. */
  static RowScan of(
      PinnedView view,
      RecordCodec codec,
      Condition condition,
      List<Field<?>> fields,
      FieldSelection only,
      Deadline deadline) {
    RowPredicate rowHolds = fields.isEmpty() ? null : RowPredicate.compile(condition);
    SettledRows rows = rowHolds == null ? null : view.rows(deadline);
    RowTasks maker = rows == null ? null : RowTasks.of(rows.index(), fields);
    return maker == null
        ? null
        : new RowScan(view, codec, only, condition, rowHolds, rows, maker, deadline);
  }

  /** The next task; null at the end, and where the scan must go on by the records. */
  Task next() {
    while (true) {
      if (next == 0) {
        settle();
      }
      while (next < STRETCH) {
        Task task = stretch[next];
        next++;
        if (task != null) {
          return task;
        }
      }
      if (abandoned || position >= view.ordinalBound() || !load()) {
        return null;
      }
    }
  }

  /** Whether the tasks from {@link #position} on must be read from the records. */
  boolean isAbandoned() {
    return abandoned;
  }

  /** The first ordinal that {@link #next} has not come to. */
  long position() {
    return position;
  }

  /** How many rows were looked at. */
  long examined() {
    return examined;
  }

  private boolean load() {
    long from = position;
    long to = Math.min(from + STRETCH, view.ordinalBound());
    deadline.step();
    Arrays.fill(stretch, null);
    byRecordCount = 0;
    settled = 0;
    try {
      rows.read(from, to, wanted, this::take, ordinal -> byRecord[byRecordCount++] = ordinal);
    } catch (TouchedTasks.OvertakenException e) {
      abandoned = true;
    }
    if (abandoned) {
      return false;
    }
    position = to;
    next = 0;
    return true;
  }

  private void take(long ordinal, long[] columns) {
    examined++;
    if (!abandoned && rowHolds.test(columns)) {
      Task task = maker.task(columns);
      if (task != null) {
        stretch[(int) (ordinal % STRETCH)] = task;
      } else if (byRecordCount < MOST_UNTOLD) {
        byRecord[byRecordCount++] = ordinal;
      } else {
        abandoned = true;
      }
    }
  }

  /**
   * Reads the records of this stretch. A step that ends before, for its time is over, a read fails
   * or a record is damaged, has come behind those that it has read and behind a damaged one, and
   * the next one goes on there.
   */
  private void settle() {
    while (settled < byRecordCount) {
      deadline.step();
      long ordinal = byRecord[settled];
      stretch[(int) (ordinal % STRETCH)] = null;
      try {
        takeRecord(ordinal);
      } catch (CorruptionException e) {
        settled++;
        throw e;
      }
      settled++;
    }
  }

  private void takeRecord(long ordinal) {
    byte[] record = view.bytes(ordinal);
    boolean there = record != null && holds.test(ordinal, codec.indexed(record));
    stretch[(int) (ordinal % STRETCH)] = there ? codec.decode(record, only) : null;
  }
}
