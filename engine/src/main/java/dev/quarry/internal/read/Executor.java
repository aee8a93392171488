package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Runs one plan over one view. Not thread-safe; lives as long as the query. */
final class Executor {
  private final View view;
  private final RecordCodec codec;
  private final Deadline deadline;
  private final Plan plan;
  private final RowKey.Sorter sorter;
  private final Postings members;
  private final Test residual;
  private final RowPredicate rowResidual;

  /** The columns that the residual or the order reads. */
  private final int rowColumns;

  /** Damage that earlier calls have told of. */
  private final ToldDamage told;

  private final long[] row = new long[Terms.COLUMN_WIDTHS.size()];
  private long examined;

  /** Decides a candidate. */
  private interface Test {
    boolean test(long ordinal);
  }

  /** An executor whose sets are all found out at once, so that it may be used for long. */
  Executor(View view, RecordCodec codec, Query query, Plan plan, Deadline deadline) {
    this(view, codec, query, plan, deadline, true);
  }

  /** The same for one who reads all that is found, and has been told of damage before. */
  Executor(
      View view, RecordCodec codec, Query query, Plan plan, Deadline deadline, ToldDamage told) {
    this(view, codec, query, plan, deadline, true, told);
  }

  /**
   * An executor.
   *
   * @param whole as for {@link View#set}
   */
  Executor(View view, RecordCodec codec, Query query, Plan plan, Deadline deadline, boolean whole) {
    this(view, codec, query, plan, deadline, whole, null);
  }

  private Executor(
      View view,
      RecordCodec codec,
      Query query,
      Plan plan,
      Deadline deadline,
      boolean whole,
      ToldDamage cursor) {
    this.told = cursor == null ? new ToldDamage() : cursor;
    this.view = view;
    this.deadline = deadline;
    this.codec = codec;
    this.sorter = new RowKey.Sorter(query.order());
    Postings set =
        plan.members() == null ? null : view.set(plan.members(), deadline, whole, cursor);
    if (plan.members() != null && set == null) {
      // too much has changed since the view's sequence: the records decide everything
      boolean byKey = plan.index() != null || plan.lower() != null;
      this.plan = byKey ? untied(plan) : fullScan(query);
      this.members = null;
    } else {
      this.plan = plan;
      this.members = set;
    }
    Condition rest = this.plan.residual();
    this.rowResidual = rest == null || !view.hasRows() ? null : RowPredicate.compile(rest);
    this.rowColumns = sorter.columnBits() | (rowResidual == null ? 0 : RowPredicate.columns(rest));
    this.residual = residualTest(rest);
  }

  private static Plan fullScan(Query query) {
    return new Plan(
        Access.FULL_SCAN,
        () -> "",
        null,
        query.condition(),
        null,
        null,
        null,
        null,
        false,
        query.order().isEmpty(),
        0);
  }

  private static Plan untied(Plan plan) {
    Condition all =
        plan.residual() == null
            ? plan.members()
            : new Condition.And(List.of(plan.members(), plan.residual()));
    return new Plan(
        plan.access(),
        plan.label(),
        null,
        all,
        plan.index(),
        plan.keyPrefix(),
        plan.lower(),
        plan.upper(),
        plan.reverse(),
        plan.ordered(),
        plan.estimate());
  }

  Plan plan() {
    return plan;
  }

  RowKey.Sorter sorter() {
    return sorter;
  }

  long examined() {
    return examined;
  }

  private Test residualTest(Condition condition) {
    if (condition == null) {
      return ordinal -> true;
    }
    if (rowResidual != null) {
      return ordinal -> view.row(ordinal, rowColumns, row) && rowResidual.test(row);
    }
    Matcher byFields = Matcher.of(condition, view);
    return ordinal -> {
      try {
        IndexedFields fields = view.fields(ordinal);
        return fields != null && byFields.test(ordinal, fields);
      } catch (CorruptionException e) {
        told.tell(ordinal, e);
        return false;
      }
    };
  }

  /** A task's fields, or null where it is absent, or damaged as was told before. */
  private IndexedFields fields(long ordinal) {
    try {
      return view.fields(ordinal);
    } catch (CorruptionException e) {
      told.tell(ordinal, e);
      return null;
    }
  }

  /**
   * The next rows behind {@code after} (null for the first), at most {@code limit}. Where it meets
   * damage it throws, once: asked for the same rows again, it comes past it.
   */
  List<RowKey> rows(RowKey after, int limit) {
    return switch (plan.access()) {
      case POSTINGS -> plan.ordered() ? byOrdinal(after, limit) : sortedCandidates(after, limit);
      case ORDERED_INDEX -> walk(after, limit);
      case FULL_SCAN -> fullScan(after, limit);
      case ID_RANGE -> idRange(after, limit);
    };
  }

  /**
   * Fills a run with the next rows of a plan that has to sort, at most {@code most}. Where it meets
   * damage it throws, once: asked again, it comes past it.
   */
  void fill(SortedRun run, long most) {
    run.begin(most, deadline::step);
    switch (plan.access()) {
      case POSTINGS -> offerMembers(run);
      case FULL_SCAN -> eachRecord(0, true, offering(run));
      case ID_RANGE -> offerIds(run);
      case ORDERED_INDEX -> throw new IllegalStateException("an ordered index is not sorted");
    }
    run.end(true);
  }

  private static Found offering(SortedRun run) {
    return (ordinal, fields) -> {
      run.offer(ordinal, fields);
      return true;
    };
  }

  private void offerMembers(SortedRun run) {
    OrdinalCursor cursor = members.cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      examine();
      IndexedFields fields = residual.test(o) ? fields(o) : null;
      if (fields != null) {
        run.offer(o, fields);
      }
    }
  }

  private void offerIds(SortedRun run) {
    boolean unordered = sorter.order().isEmpty();
    try (StorageIterator it = view.iterate(Family.IDS, plan.lower(), plan.upper(), false)) {
      for (start(it); it.isValid(); step(it)) {
        long ordinal = Keys.number(it.value());
        // in the order of insertion what is done or too far is known without a look at its fields
        if ((unordered && !run.isWanted(ordinal)) || !accepts(ordinal)) {
          continue;
        }
        IndexedFields fields = unordered ? null : fields(ordinal);
        if (unordered || fields != null) {
          run.offer(ordinal, fields);
        }
      }
    }
  }

  private List<RowKey> byOrdinal(RowKey after, int limit) {
    List<RowKey> rows = new ArrayList<>(Math.min(limit, 1024));
    OrdinalCursor cursor = members.cursor();
    long o = after == null ? cursor.next() : cursor.advance(after.ordinal() + 1);
    for (; o != OrdinalCursor.END; o = cursor.next()) {
      examine();
      if (residual.test(o)) {
        rows.add(new RowKey(o, null, null));
        if (rows.size() == limit) {
          break;
        }
      }
    }
    return rows;
  }

  private List<RowKey> sortedCandidates(RowKey after, int limit) {
    TopRows top = new TopRows(sorter, limit);
    List<OrderBuckets.Bucket> buckets =
        plan.estimate() > 2L * limit
            ? OrderBuckets.of(view, plan.members(), sorter, deadline)
            : null;
    if (buckets == null) {
      offerAll(members, top, after);
      return top.sorted();
    }
    for (OrderBuckets.Bucket bucket : buckets) {
      if (top.isFull()) {
        break; // what follows comes later in the order than all of these
      }
      if (after == null || bucket.key() >= after.numbers()[0]) {
        offerAll(bucket.members().get(), top, after);
      }
    }
    return top.sorted();
  }

  private void offerAll(Postings candidates, TopRows top, RowKey after) {
    boolean byRow = view.hasRows() && sorter.usesNumbers();
    OrdinalCursor cursor = candidates.cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      examine();
      if (!residual.test(o)) {
        continue;
      }
      if (byRow) {
        // a residual that goes by rows has just read this one
        boolean there = rowResidual != null || view.row(o, rowColumns, row);
        if (there && (after == null || sorter.compareRow(o, row, after) > 0)) {
          top.offerRow(o, row);
        }
      } else {
        offer(top, after, o, fields(o));
      }
    }
  }

  private void offer(TopRows top, RowKey after, long ordinal, IndexedFields fields) {
    if (fields != null) {
      RowKey key = sorter.of(ordinal, fields);
      if (after == null || sorter.compare(key, after) > 0) {
        top.offer(key);
      }
    }
  }

  /** Counts one more task that was looked at; ends the query when its time is over. */
  void examine() {
    examined++;
    deadline.step();
  }

  /** Whether the plan's residual holds for a task of its posting lists. */
  boolean holds(long ordinal) {
    return residual.test(ordinal);
  }

  private boolean accepts(long ordinal) {
    examine();
    return (members == null || members.contains(ordinal))
        && !told.contains(ordinal)
        && residual.test(ordinal);
  }

  private List<RowKey> walk(RowKey after, int limit) {
    List<RowKey> rows = new ArrayList<>(Math.min(limit, 1024));
    byte[] lower = plan.lower();
    byte[] upper = plan.upper();
    if (after != null) {
      byte[] position = positionKey(after);
      if (plan.reverse()) {
        upper = Ranges.smaller(upper, position);
      } else {
        lower = Ranges.larger(lower, Ranges.behind(position));
      }
    }
    ReadyHead head = after == null && plan.index().isOfReady() ? view.readyHead() : null;
    ReadyHead.Key from = head == null || plan.reverse() ? null : head.get();
    if (from != null) {
      lower = Ranges.larger(lower, from.bytes());
    }
    try (StorageIterator it = view.iterate(Family.ORDERED, lower, upper, false)) {
      start(it);
      if (from != null && plan.lower().length == Integer.BYTES) { // from the very beginning
        head.raise(from, it.isValid() ? it.key() : upper);
      }
      for (; it.isValid() && rows.size() < limit; step(it)) {
        long ordinal = OrderedEntries.ordinal(plan.index(), it.key());
        if (accepts(ordinal)) {
          rows.add(new RowKey(ordinal, null, null));
        }
      }
    }
    return rows;
  }

  private void start(StorageIterator it) {
    if (plan.reverse()) {
      it.last();
    } else {
      it.first();
    }
  }

  private void step(StorageIterator it) {
    if (plan.reverse()) {
      it.previous();
    } else {
      it.next();
    }
  }

  /** The index key of a position: the fixed prefix, the order's bytes in the index's direction. */
  private byte[] positionKey(RowKey after) {
    byte[] sortable = plan.reverse() ? Ranges.inverted(after.bytes()) : after.bytes();
    return OrderedEntries.key(
        plan.index(), Ranges.concat(plan.keyPrefix(), sortable), after.ordinal());
  }

  private List<RowKey> fullScan(RowKey after, int limit) {
    if (!plan.ordered()) {
      TopRows top = new TopRows(sorter, limit);
      eachRecord(
          0,
          true,
          (ordinal, fields) -> {
            offer(top, after, ordinal, fields);
            return true;
          });
      return top.sorted();
    }
    List<RowKey> rows = new ArrayList<>();
    eachRecord(
        after == null ? 0 : after.ordinal() + 1,
        limit > 500,
        (ordinal, fields) -> {
          rows.add(new RowKey(ordinal, null, null));
          return rows.size() < limit;
        });
    return rows;
  }

  /** Receives tasks that satisfy the query. */
  private interface Found {
    /** One of them; false for no more. */
    boolean found(long ordinal, IndexedFields fields);
  }

  private void eachRecord(long from, boolean scan, Found found) {
    Matcher holds = Matcher.of(plan.residual(), view);
    try (ReadableWalk walk = ReadableWalk.of(view, from, scan, told)) {
      for (ByteBuffer record = walk.next(); record != null; record = walk.next()) {
        examine();
        IndexedFields fields = matching(holds, walk.ordinal(), record);
        if (fields != null && !found.found(walk.ordinal(), fields)) {
          return;
        }
      }
    }
  }

  private IndexedFields matching(Matcher holds, long ordinal, ByteBuffer record) {
    try {
      IndexedFields fields = codec.indexed(record);
      return holds.test(ordinal, fields) ? fields : null;
    } catch (CorruptionException e) {
      told.tell(ordinal, e);
      return null;
    }
  }

  private List<RowKey> idRange(RowKey after, int limit) {
    boolean sort = !plan.ordered();
    TopRows top = sort ? new TopRows(sorter, limit) : null;
    boolean unordered = sorter.order().isEmpty();
    List<RowKey> rows = new ArrayList<>();
    byte[] lower = plan.lower();
    byte[] upper = plan.upper();
    if (after != null && !sort) {
      byte[] id = Ranges.idOf(after.bytes(), plan.reverse());
      if (plan.reverse()) {
        upper = Ranges.smaller(upper, id);
      } else {
        lower = Ranges.larger(lower, Ranges.behind(id));
      }
    }
    try (StorageIterator it = view.iterate(Family.IDS, lower, upper, false)) {
      start(it);
      for (; it.isValid() && (sort || rows.size() < limit); step(it)) {
        long ordinal = Keys.number(it.value());
        // in the order of insertion what is done or too far is known without a look at its fields
        boolean done = sort && after != null && unordered && ordinal <= after.ordinal();
        boolean far = sort && unordered && top.isFull() && ordinal > top.last().ordinal();
        if (done || far || !accepts(ordinal)) {
          continue;
        }
        if (sort && unordered) {
          top.offer(sorter.position(ordinal, new byte[0]));
        } else if (sort) {
          offer(top, after, ordinal, fields(ordinal));
        } else {
          rows.add(new RowKey(ordinal, null, null));
        }
      }
    }
    return sort ? top.sorted() : rows;
  }

  /** The position behind which a later page goes on; it does not depend on the plan. */
  RowKey position(long ordinal, IndexedFields fields) {
    return sorter.position(ordinal, OrderedKeys.encode(sorter.order(), fields));
  }

  /**
   * The position behind the last of some rows, or where that is damaged behind the last that is
   * not; the others are passed over from then on. {@code before} where all are damaged.
   */
  RowKey position(List<RowKey> rows, RowKey before) {
    for (int i = rows.size() - 1; i >= 0; i--) {
      long ordinal = rows.get(i).ordinal();
      if (sorter.order().isEmpty()) {
        return sorter.position(ordinal, new byte[0]);
      }
      IndexedFields fields = readable(ordinal);
      if (fields != null) {
        return position(ordinal, fields);
      }
      told.pass(ordinal); // whoever delivers it tells of it
    }
    return before;
  }

  private IndexedFields readable(long ordinal) {
    try {
      return view.fields(ordinal);
    } catch (CorruptionException e) {
      return null;
    }
  }

  /** The exact members of the plan's posting lists, or null. */
  Postings members() {
    return members;
  }

  /** How many tasks satisfy the query. */
  long count() {
    if (plan.access() == Access.POSTINGS && plan.residual() == null) {
      return members.cardinality();
    }
    long[] n = {0};
    if (plan.access() == Access.FULL_SCAN) {
      forEach(fields -> n[0]++);
    } else {
      forEachOrdinal(ordinal -> n[0]++);
    }
    return n[0];
  }

  /** Feeds the queryable fields of every task of the result, in no order. */
  void forEach(Consumer<IndexedFields> action) {
    if (plan.access() != Access.FULL_SCAN) {
      forEachOrdinal(
          ordinal -> {
            IndexedFields fields = view.fields(ordinal);
            if (fields != null) {
              action.accept(fields);
            }
          });
      return;
    }
    Matcher holds = Matcher.of(plan.residual(), view);
    try (StorageIterator it = view.iterate(Family.RECORDS, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        examine();
        IndexedFields fields = codec.indexed(it.value());
        if (holds.test(Keys.number(it.key()), fields)) {
          action.accept(fields);
        }
      }
    }
  }

  private void forEachOrdinal(LongConsumer action) {
    if (plan.access() == Access.ID_RANGE) {
      try (StorageIterator it = view.iterate(Family.IDS, plan.lower(), plan.upper(), false)) {
        for (it.first(); it.isValid(); it.next()) {
          long ordinal = Keys.number(it.value());
          if (accepts(ordinal)) {
            action.accept(ordinal);
          }
        }
      }
      return;
    }
    OrdinalCursor cursor = members.cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      examine();
      if (residual.test(o)) {
        action.accept(o);
      }
    }
  }
}
