package dev.quarry.internal.past;

import dev.quarry.CorruptionException;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.read.Deadline;
import dev.quarry.internal.read.Matcher;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.SortMemory;
import dev.quarry.internal.read.SortedRun;
import dev.quarry.internal.read.ToldDamage;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  @SuppressWarnings("ArrayRecordComponent") // never compared
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
    SortedRun run = new SortedRun(query.order(), Long.MAX_VALUE, SortMemory.unlimited());
    if (after != null) {
      run.startBehind(after.ordinal(), after.sortable());
    }
    fill(run, most);
    List<Row> rows = new ArrayList<>(run.size());
    for (; !run.isEmpty(); run.removeFirst()) {
      rows.add(new Row(run.first(), run.firstKey()));
    }
    return rows;
  }

  /** An empty run for the rows, which {@link #fill} fills. */
  SortedRun newRun() {
    return new SortedRun(query.order(), now.view().ordinalBound(), reads.sortMemory());
  }

  /** Fills a run with the next rows, as {@link #next}. */
  void fill(SortedRun run, long most) {
    Deadline deadline = new Deadline(timeout);
    boolean sorts = !query.order().isEmpty();
    run.begin(most, deadline::step);
    forEach(
        deadline,
        sorts ? 0 : run.position() + 1,
        (ordinal, fields) -> {
          run.offer(ordinal, fields);
          return sorts || run.size() < most;
        });
    run.end(sorts || run.size() < most);
  }

  /** Receives tasks. */
  @FunctionalInterface
  interface Visitor {
    /** One task that satisfies the query; false for no more. */
    boolean visit(long ordinal, IndexedFields fields);
  }

  /** Feeds every task that satisfies the condition, by ordinal. */
  void forEach(Visitor action) {
    forEach(new Deadline(timeout), 0, action);
  }

  private void forEach(Deadline deadline, long from, Visitor action) {
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
