package dev.quarry.internal.read;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Condition;
import java.util.Arrays;
import java.util.List;

/**
 * Sums over the tasks of a pinned view by the index's rows: these are of the present, so tasks that
 * commits may have touched since the view's sequence are taken from their records. Not thread-safe.
 */
final class SettledSums {
  /** Ordinals at a time: what is read of them is settled together. */
  private static final int STRETCH = 512;

  private final PinnedView view;
  private final Executor executor;
  private final Postings members;
  private final Matcher holds;
  private final RowPredicate rowHolds;
  private final SettledRows rows;
  private final Measure measure;
  private final int keyColumn;
  private final int wanted;

  private final long[] row = new long[Terms.COLUMN_WIDTHS.size()];
  private final long[] ordinals = new long[STRETCH];
  private final boolean[] byRow = new boolean[STRETCH];
  private final long[] keys = new long[STRETCH];
  private final long[] values = new long[STRETCH];
  private final IndexedFields[] byRecord = new IndexedFields[STRETCH];
  private int count;

  private SettledSums(
      PinnedView view,
      Executor executor,
      Postings members,
      RowPredicate rowHolds,
      SettledRows rows,
      int keyColumn,
      Measure measure) {
    Condition residual = executor.plan().residual();
    this.view = view;
    this.executor = executor;
    this.members = members;
    this.holds = Matcher.of(residual, view);
    this.rowHolds = rowHolds;
    this.rows = rows;
    this.measure = measure;
    this.keyColumn = keyColumn;
    this.wanted =
        1 << measure.column()
            | (keyColumn < 0 ? 0 : 1 << keyColumn)
            | (residual == null ? 0 : RowPredicate.columns(residual));
  }

  /** Of an executor's tasks, or null where rows do not tell which these are. */
  static SettledSums of(
      PinnedView view, Deadline deadline, Executor executor, int keyColumn, Measure measure) {
    Condition residual = executor.plan().residual();
    RowPredicate rowHolds = residual == null ? row -> true : RowPredicate.compile(residual);
    SettledRows rows = rowHolds == null ? null : view.rows(deadline);
    if (rows == null) {
      return null;
    }
    Postings members =
        executor.members() != null
            ? executor.members()
            : view.set(new Condition.And(List.of()), deadline, true, null);
    return members == null
        ? null
        : new SettledSums(view, executor, members, rowHolds, rows, keyColumn, measure);
  }

  /**
   * Adds all; what was added counts only when this has returned.
   *
   * @throws TouchedTasks.OvertakenException where too much has changed
   */
  void addTo(Summaries sums) {
    OrdinalCursor cursor = members.cursor();
    for (fill(cursor); count > 0; fill(cursor)) {
      rows.settle(ordinals[0], ordinals[count - 1] + 1, this::takeRecord);
      for (int i = 0; i < count; i++) {
        if (byRecord[i] != null) {
          sums.add(byRecord[i]);
        } else if (byRow[i]) {
          sums.addRow(keys[i], measure.of(values[i]));
        }
      }
    }
    sums.resolve(rows.index());
    rows.checkValid();
  }

  /** Reads the rows of the next members. */
  private void fill(OrdinalCursor cursor) {
    count = 0;
    while (count < STRETCH) {
      long ordinal = cursor.next();
      if (ordinal == OrdinalCursor.END) {
        return;
      }
      executor.examine();
      ordinals[count] = ordinal;
      byRecord[count] = null;
      byRow[count] = rows.row(ordinal, wanted, row) && rowHolds.test(row);
      if (byRow[count]) {
        keys[count] = keyColumn < 0 ? 0 : row[keyColumn];
        values[count] = row[measure.column()];
      }
      count++;
    }
  }

  /** Decides a task, if it is one of the members, by its record. */
  private void takeRecord(long ordinal) {
    int place = Arrays.binarySearch(ordinals, 0, count, ordinal);
    if (place < 0) {
      return;
    }
    IndexedFields fields = view.fields(ordinal);
    byRow[place] = false;
    byRecord[place] = fields != null && holds.test(ordinal, fields) ? fields : null;
  }
}
