package dev.quarry.internal.read;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.QueryPlan.Access;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums up a measure over the tasks of a query: by the index's rows where these tell all that is
 * asked, else by the records. Not thread-safe.
 */
final class Summarizer {
  /** Values of a field without a column, for each of which posting lists are intersected. */
  private static final int MAX_GROUPS_BY_SETS = 64;

  private static final Condition EVERYTHING = new Condition.And(List.of());

  private final View view;
  private final Deadline deadline;
  private final Executor executor;
  private final Field<?> group;
  private final Measure measure;
  private final int keyColumn;

  /**
   * Sums to be found.
   *
   * @param executor of the query without its order, with sets that are all found out
   * @param group null for one sum over all
   */
  Summarizer(View view, Deadline deadline, Executor executor, Field<?> group, Measure measure) {
    this.view = view;
    this.deadline = deadline;
    this.executor = executor;
    this.group = group;
    this.measure = measure;
    this.keyColumn =
        group == null ? -1 : Math.max(Terms.numberColumn(group), Terms.termColumn(group));
  }

  Summaries run() {
    Summaries byRows = new Summaries(group, measure);
    try {
      if (byRows(byRows)) {
        return byRows;
      }
    } catch (TouchedTasks.OvertakenException e) {
      // the index has moved on too far: the records tell
    }
    Summaries byRecords = new Summaries(group, measure);
    executor.forEach(byRecords::add);
    return byRecords;
  }

  private boolean byRows(Summaries sums) {
    if (executor.plan().access() == Access.ID_RANGE) {
      return false; // mostly few tasks, and found by their ids
    }
    boolean byColumn = group == null || keyColumn >= 0;
    if (!view.hasRows()) {
      SettledSums settled =
          byColumn && view instanceof PinnedView pinned
              ? SettledSums.of(pinned, deadline, executor, keyColumn, measure)
              : null;
      if (settled != null) {
        settled.addTo(sums);
      }
      return settled != null;
    }
    if (executor.members() == null) {
      return false;
    }
    if (!byColumn) {
      return byTerms(sums);
    }
    byColumn(sums);
    return true;
  }

  private void byColumn(Summaries sums) {
    int value = measure.column();
    int wanted = 1 << value | (keyColumn < 0 ? 0 : 1 << keyColumn);
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    OrdinalCursor cursor = executor.members().cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      executor.examine();
      if (executor.holds(o) && view.row(o, wanted, row)) {
        sums.addRow(keyColumn < 0 ? 0 : row[keyColumn], measure.of(row[value]));
      }
    }
    sums.resolve(view.estimates());
  }

  /** By the posting list of each value; false where there are too many, or some cannot be read. */
  private boolean byTerms(Summaries sums) {
    PostingIndex index = view.estimates();
    int number = Terms.fieldNumber(group, view.catalog());
    List<byte[]> terms = number < 0 ? null : terms(index, number);
    if (terms == null) {
      return false;
    }
    int value = measure.column();
    for (byte[] term : terms) {
      Object key = Terms.termValue(group, term);
      OrdinalCursor cursor =
          Postings.and(List.of(executor.members(), index.term(number, term))).cursor();
      for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
        executor.examine();
        if (executor.holds(o)) {
          sums.add(key, measure.of(index.column(o, value, Terms.ABSENT)));
        }
      }
    }
    return true;
  }

  private List<byte[]> terms(PostingIndex index, int number) {
    boolean all =
        EVERYTHING.equals(executor.plan().members()) && executor.plan().residual() == null;
    int most = all ? Integer.MAX_VALUE : MAX_GROUPS_BY_SETS;
    List<byte[]> terms = new ArrayList<>();
    boolean[] readable = {true};
    index.forEachTerm(
        number,
        (term, n) -> {
          deadline.step();
          readable[0] &= !Terms.isDigest(term) && terms.size() < most;
          if (readable[0]) {
            terms.add(term);
          }
        });
    return readable[0] ? terms : null;
  }
}
