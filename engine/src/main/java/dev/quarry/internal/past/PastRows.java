package dev.quarry.internal.past;

import dev.quarry.CorruptionException;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.read.Deadline;
import dev.quarry.internal.read.Matcher;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.ToldDamage;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * The places of a query's tasks in a past state, found by the indexes of the present and the change
 * log, or where these leave too many by reading all records.
 */
final class PastRows {
  /**
   * A task's place in the order.
   *
   * @param ordinal the task
   * @param sortable its key in the order
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by the comparator only
  record Row(long ordinal, byte[] sortable) {}

  /** Beyond, the records are read in their order: each candidate is a look-up. */
  private static final int MOST_TOUCHED = 100_000;

  private final PastState state;
  private final RecordCodec codec;
  private final Query query;
  private final Duration timeout;
  private final Predicate<IndexedFields> holds;
  private final Reads reads;
  private final Reads.Pinned now;
  private final QueryPlan.Access access;
  private final Comparator<Row> comparator;
  private final ToldDamage told = new ToldDamage();
  private long examined;

  /**
   * The rows of a query.
   *
   * @param reads of the store, for its indexes
   * @param now the present that the state is seen from
   */
  PastRows(
      PastState state,
      RecordCodec codec,
      Reads reads,
      Reads.Pinned now,
      Query query,
      Duration timeout) {
    if (Matcher.asksForReady(query.condition())) {
      throw new IllegalArgumentException(
          "which tasks were ready is not kept; ask the past for their status and dependencies"
              + " instead of "
              + query.condition());
    }
    this.state = state;
    this.codec = codec;
    this.query = query;
    this.timeout = timeout;
    this.reads = reads.within(timeout);
    this.now = now;
    this.access =
        state.touched().length < MOST_TOUCHED
            ? this.reads.over(now).access(query.condition())
            : QueryPlan.Access.FULL_SCAN;
    this.holds = Predicates.compile(query.condition());
    int last = query.order().size() - 1;
    boolean tiesDescend = last >= 0 && query.order().get(last).descending();
    Comparator<Row> ties = Comparator.comparingLong(Row::ordinal);
    this.comparator =
        ((Comparator<Row>) (a, b) -> Arrays.compareUnsigned(a.sortable(), b.sortable()))
            .thenComparing(tiesDescend ? ties.reversed() : ties);
  }

  long examined() {
    return examined;
  }

  /** How the indexes of the present help. */
  QueryPlan.Access access() {
    return access;
  }

  /**
   * The next rows behind {@code after} (null for the first), at most {@code most}. Where it meets
   * damage it throws, once: asked for the same rows again, it comes past it.
   */
  List<Row> next(Row after, int most) {
    if (query.order().isEmpty()) {
      return byOrdinal(after == null ? 0 : after.ordinal() + 1, most);
    }
    PriorityQueue<Row> worstFirst = new PriorityQueue<>(comparator.reversed());
    forEach(
        0,
        (ordinal, fields) -> {
          Row row = new Row(ordinal, OrderedKeys.encode(query.order(), fields));
          if (after == null || comparator.compare(row, after) > 0) {
            worstFirst.add(row);
            if (worstFirst.size() > most) {
              worstFirst.poll();
            }
          }
          return true;
        });
    List<Row> rows = new ArrayList<>(worstFirst);
    rows.sort(comparator);
    return rows;
  }

  private List<Row> byOrdinal(long from, int most) {
    List<Row> rows = new ArrayList<>();
    forEach(
        from,
        (ordinal, fields) -> {
          rows.add(new Row(ordinal, new byte[0]));
          return rows.size() < most;
        });
    return rows;
  }

  /** Receives tasks. */
  @FunctionalInterface
  interface Visitor {
    /** One task that satisfies the query; false for no more. */
    boolean visit(long ordinal, IndexedFields fields);
  }

  /** Feeds every task that satisfies the condition, by ordinal. */
  void forEach(long from, Visitor action) {
    Deadline deadline = new Deadline(timeout);
    PastState.Visitor visitor =
        (ordinal, record) -> {
          examined++;
          deadline.step();
          IndexedFields fields = fields(ordinal, record);
          return fields == null || !holds.test(fields) || action.visit(ordinal, fields);
        };
    if (access != QueryPlan.Access.FULL_SCAN) {
      Queries present = reads.over(now); // its time begins here, as that of the deadline does
      state.forEachCandidate(present, query.condition(), from, told, visitor);
    } else {
      state.forEach(from, told, visitor);
    }
  }

  private IndexedFields fields(long ordinal, byte[] record) {
    try {
      return codec.indexed(record);
    } catch (CorruptionException e) {
      told.tell(ordinal, e);
      return null;
    }
  }
}
