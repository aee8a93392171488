package dev.quarry.internal.read;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.StopReason;
import dev.quarry.Task;
import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.events.StoreEvents;
import dev.quarry.internal.index.TermList;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.index.ValueCounts;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TagsField;
import dev.quarry.query.TaskFields;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The query verbs over one view. */
public final class Queries {
  /** Rows that {@link #explain} takes of a query without a limit. */
  public static final int EXPLAIN_ROWS = 20;

  /** The most that it takes of any. */
  public static final int MAX_EXPLAINED = 10_000;

  private static final int MAX_GROUPS_BY_SETS = 64;
  private static final int GET_CHUNK = 1_000;

  /** A point read costs as much as so many steps of a scan. */
  private static final int WORTH = 4;

  private final View view;
  private final RecordCodec codec;
  private final Deadline deadline;

  /** What the last query was answered by, and its size; null where the index's counts did. */
  private Executor used;

  private long rows;

  Queries(View view, RecordCodec codec, Deadline deadline) {
    this.view = view;
    this.codec = codec;
    this.deadline = deadline;
  }

  /** Ends the event, which may be null, of the verb that has been asked. */
  void tell(StoreEvents.Query event) {
    if (event != null && used != null) {
      event.done(used.plan().access().name(), rows, used.examined());
    }
  }

  private Executor using(Executor executor) {
    used = executor;
    return executor;
  }

  /** As in {@link dev.quarry.TaskReader}. */
  public Page<Task> page(Query query, PageRequest request) {
    Continuations.Position from =
        request.after() == null ? null : Continuations.decode(query, request.after());
    int wanted = (int) Math.max(0, Math.min(request.size(), left(query, from)));
    if (wanted == 0) {
      return new Page<>(List.of(), Continuation.END, StopReason.EXHAUSTED);
    }
    Plan plan = Planner.plan(view, query, wanted + 1, deadline);
    try {
      // a page looks at a few blocks of ordinals, and what it looks at is settled at once
      return page(query, from, wanted, new Executor(view, codec, query, plan, deadline, false));
    } catch (TouchedTasks.OvertakenException e) {
      return page(query, from, wanted, new Executor(view, codec, query, plan, deadline, true));
    }
  }

  private static long delivered(Continuations.Position from) {
    return from == null ? 0 : from.delivered();
  }

  /** How many tasks the query's limit leaves behind a position. */
  private static long left(Query query, Continuations.Position from) {
    return query.limit().isPresent() ? query.limit().getAsInt() - delivered(from) : Long.MAX_VALUE;
  }

  private Page<Task> page(Query query, Continuations.Position from, int wanted, Executor executor) {
    RowKey after =
        from == null ? null : executor.sorter().position(from.ordinal(), from.sortable());
    Matcher holds = Matcher.of(query.condition(), view);
    List<Task> items = new ArrayList<>();
    Task last = null;
    boolean more = false;
    for (RowKey row : using(executor).rows(after, wanted + 1)) {
      deadline.step();
      Task task = view.task(row.ordinal());
      // the record decides; in a quiet moment it agrees with the index always
      if (task == null || !holds.test(row.ordinal(), IndexedFields.of(task))) {
        continue;
      }
      if (items.size() == wanted) {
        more = true;
        break;
      }
      items.add(task);
      last = task;
      after = row;
    }
    rows = items.size();
    if (!more || left(query, from) == items.size()) {
      return new Page<>(items, Continuation.END, StopReason.EXHAUSTED);
    }
    RowKey end = executor.position(after.ordinal(), IndexedFields.of(last));
    Continuations.Position position =
        new Continuations.Position(delivered(from) + items.size(), after.ordinal(), end.bytes());
    return new Page<>(items, Continuations.encode(query, position), StopReason.LIMIT_REACHED);
  }

  /** As in {@link dev.quarry.TaskReader}. */
  public long count(Query query) {
    rows = unordered(query).count();
    return rows;
  }

  /** The ordinals {@code > after} of the tasks of a condition, rising, at most {@code limit}. */
  public long[] ordinals(Condition condition, long after, int limit) {
    Query query = Query.where(condition);
    Plan plan = Planner.plan(view, query, limit, deadline);
    return ordinals(new Executor(view, codec, query, plan, deadline), after, limit);
  }

  /**
   * The same for one who asks again: a damaged record that has to decide throws once, and is passed
   * over from then on.
   */
  public long[] ordinals(Condition condition, long after, int limit, ToldDamage told) {
    Query query = Query.where(condition);
    Plan plan = Planner.plan(view, query, limit, deadline);
    return ordinals(new Executor(view, codec, query, plan, deadline, told), after, limit);
  }

  private static long[] ordinals(Executor executor, long after, int limit) {
    // a position as the sorter makes it: ids are walked by id and sorted, and compared with it
    RowKey from = after < 0 ? null : executor.sorter().position(after, new byte[0]);
    return executor.rows(from, limit).stream().mapToLong(RowKey::ordinal).toArray();
  }

  /**
   * How {@link #ordinals} finds the tasks of a condition; a scan also where an index leaves out too
   * few of them to be worth it.
   */
  public QueryPlan.Access access(Condition condition) {
    Plan plan = Planner.plan(view, Query.where(condition), Integer.MAX_VALUE, deadline);
    return plan.estimate() * WORTH < view.ordinalBound()
        ? plan.access()
        : QueryPlan.Access.FULL_SCAN;
  }

  /** As {@link dev.quarry.TaskStore#archived}. */
  public Page<Task> archived(Query query, PageRequest request) {
    if (!query.order().isEmpty()) {
      throw new IllegalArgumentException(
          "the archive goes by id and knows no other order; take it away from " + query);
    }
    Query byId = query.orderBy(TaskFields.ID.ascending());
    Continuations.Position from =
        request.after() == null ? null : Continuations.decode(byId, request.after());
    long left = left(query, from);
    int wanted = (int) Math.min(request.size(), left);
    List<Task> items = new ArrayList<>();
    Predicate<IndexedFields> holds = Predicates.compile(query.condition());
    byte[] lower = from == null ? null : Ranges.behind(Ranges.idOf(from.sortable(), false));
    IndexedFields last = null;
    try (StorageIterator it = view.iterate(Family.ARCHIVE, lower, null, wanted > 500)) {
      for (it.first(); it.isValid(); it.next()) {
        deadline.step();
        byte[] record = it.value();
        IndexedFields fields = codec.indexed(record);
        if (!holds.test(fields.withWaits(1))) { // none is ready
          continue;
        }
        if (items.size() >= wanted) {
          if (left == items.size() || last == null) {
            break;
          }
          return new Page<>(
              items,
              Continuations.encode(
                  byId,
                  new Continuations.Position(
                      delivered(from) + items.size(), 0, OrderedKeys.encode(byId.order(), last))),
              StopReason.LIMIT_REACHED);
        }
        items.add(codec.decode(record));
        last = fields;
      }
    }
    return new Page<>(items, Continuation.END, StopReason.EXHAUSTED);
  }

  private Executor unordered(Query query) {
    Query unordered = Query.where(query.condition());
    Plan plan = Planner.planOnce(view, unordered, deadline);
    return using(new Executor(view, codec, unordered, plan, deadline));
  }

  /** As in {@link dev.quarry.TaskReader}. */
  public QueryPlan explain(Query query) {
    long start = System.nanoTime();
    int want = Math.min(query.limit().orElse(EXPLAIN_ROWS), MAX_EXPLAINED);
    Plan plan = Planner.plan(view, query, want, deadline);
    Executor executor = new Executor(view, codec, query, plan, deadline);
    int returned = executor.rows(null, want).size();
    Plan used = executor.plan();
    return new QueryPlan(
        used.access(),
        used.label().get(),
        used.estimate(),
        executor.examined(),
        returned,
        used.ordered() ? QueryPlan.Sort.NONE : QueryPlan.Sort.HEAP,
        used.residual() == null ? "" : used.residual().toString(),
        System.nanoTime() - start);
  }

  /** As in {@link dev.quarry.TaskReader}. */
  public List<Optional<Task>> getAll(Collection<String> ids) {
    List<Optional<Task>> found = new ArrayList<>(ids.size());
    List<String> wanted = List.copyOf(ids);
    for (int from = 0; from < wanted.size(); from += GET_CHUNK) {
      int to = Math.min(from + GET_CHUNK, wanted.size());
      for (Task task : view.tasks(wanted.subList(from, to))) {
        found.add(Optional.ofNullable(task));
      }
      deadline.check();
    }
    return found;
  }

  /** As in {@link dev.quarry.TaskReader}. */
  public Task get(String id) {
    Task task = view.task(id);
    return task != null && task.id().equals(id) ? task : null;
  }

  /** As in {@link dev.quarry.TaskReader}, but null for an absent task. */
  public Status statusOf(String id) {
    long ordinal = view.ordinalOf(id);
    if (ordinal == RecordReader.ABSENT) {
      return null;
    }
    if (view.hasRows()) {
      long code = view.estimates().column(ordinal, Terms.COLUMN_STATUS, -1);
      if (code >= 0) {
        return Codes.status((int) code);
      }
    }
    byte[] record = view.bytes(ordinal);
    return record == null ? null : RecordCodec.status(record);
  }

  /** As in {@link dev.quarry.TaskReader}. */
  public <T> Map<T, Long> countBy(Query query, Field<T> field) {
    Comparator<Object> order = TermList.order(field);
    ValueCounts all = isEverything(query) ? countTerms(field, order) : null;
    if (all != null) {
      return typedMap(field, all);
    }
    Map<Object, Long> counts = new TreeMap<>(order);
    if (!countByTerms(query, field, counts)) {
      countByTasks(query, field, counts);
    }
    rows = counts.size();
    return typedMap(field, Collections.unmodifiableMap(new LinkedHashMap<>(counts)));
  }

  /** As in {@link dev.quarry.TaskReader}, for hours and times alike. */
  public DoubleSummaryStatistics summarize(Query query, Measure measure) {
    rows = 1;
    return summaries(query, null, measure).total();
  }

  /** As in {@link dev.quarry.TaskReader}, for hours and times alike. */
  public <T> Map<T, DoubleSummaryStatistics> summarizeBy(
      Query query, Field<T> group, Measure measure) {
    Summaries summaries = summaries(query, Objects.requireNonNull(group, "group"), measure);
    Map<T, DoubleSummaryStatistics> result = summaries.typed(group);
    rows = result.size();
    return result;
  }

  private Summaries summaries(Query query, Field<?> group, Measure measure) {
    return new Summarizer(view, deadline, unordered(query), group, measure).run();
  }

  private static boolean isEverything(Query query) {
    return query.condition() instanceof Condition.And and && and.parts().isEmpty();
  }

  /** By the cardinalities alone, or null where they do not tell. */
  private ValueCounts countTerms(Field<?> field, Comparator<Object> order) {
    int number = view.hasRows() ? Terms.fieldNumber(field, view.catalog()) : -1;
    TermList terms = number < 0 ? null : view.terms(number, field);
    // without a look at the time, which would cost half as much again: a list is short, or not
    // exact
    return terms == null || !terms.isExact() ? null : terms.counts(view.estimates(), order);
  }

  @SuppressWarnings({"unchecked", "unused"}) // the values come from the field itself
  private static <T> Map<T, Long> typedMap(Field<T> field, Map<?, Long> counts) {
    return (Map<T, Long>) counts;
  }

  /** By the cardinalities of posting lists, where there are few; false where that cannot be. */
  private boolean countByTerms(Query query, Field<?> field, Map<Object, Long> counts) {
    PostingIndex index = view.estimates();
    int number = index == null ? -1 : Terms.fieldNumber(field, view.catalog());
    if (number < 0) {
      return false;
    }
    if (isEverything(query) && view.hasRows()) {
      return countManyTerms(index, number, field, counts);
    }
    List<byte[]> terms = new ArrayList<>();
    boolean[] readable = {true};
    index.forEachTerm(
        number,
        (term, n) -> {
          deadline.step();
          if (Terms.isDigest(term)) {
            readable[0] = false;
          } else if (terms.size() <= MAX_GROUPS_BY_SETS) {
            terms.add(term);
          }
        });
    Postings members =
        !readable[0] || terms.size() > MAX_GROUPS_BY_SETS || !view.hasRows()
            ? null
            : view.set(query.condition(), deadline, true, null);
    if (members == null) {
      return false;
    }
    for (byte[] term : terms) {
      deadline.check();
      long n = Postings.and(List.of(members, index.term(number, term))).cardinality();
      if (n > 0) {
        counts.put(Terms.termValue(field, term), n);
      }
    }
    return true;
  }

  private boolean countManyTerms(
      PostingIndex index, int number, Field<?> field, Map<Object, Long> counts) {
    boolean[] readable = {true};
    index.forEachTerm(
        number,
        (term, n) -> {
          deadline.step();
          if (Terms.isDigest(term)) {
            readable[0] = false;
          } else {
            counts.put(Terms.termValue(field, term), n);
          }
        });
    if (!readable[0]) {
      counts.clear();
    }
    return readable[0];
  }

  private void countByTasks(Query query, Field<?> field, Map<Object, Long> counts) {
    Executor executor = unordered(query);
    int column = view.hasRows() ? Terms.termColumn(field) : -1;
    if (column >= 0 && executor.plan().residual() == null && executor.members() != null) {
      countByColumn(executor.members(), field, column, counts);
      return;
    }
    executor.forEach(
        fields -> {
          Object value = fields.value(field);
          if (field instanceof TagsField) {
            List<?> tags = (List<?>) value;
            if (tags.isEmpty()) {
              counts.merge(null, 1L, Long::sum);
            }
            tags.forEach(tag -> counts.merge(tag, 1L, Long::sum));
          } else {
            counts.merge(value, 1L, Long::sum);
          }
        });
  }

  private void countByColumn(
      Postings members, Field<?> field, int column, Map<Object, Long> counts) {
    Map<Long, long[]> byTerm = new LinkedHashMap<>();
    OrdinalCursor cursor = members.cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      deadline.step();
      long term = view.estimates().column(o, column, -1);
      byTerm.computeIfAbsent(term, t -> new long[1])[0]++;
    }
    byTerm.forEach(
        (term, n) -> {
          byte[] bytes = term < 0 ? null : view.estimates().termValue(term.intValue());
          if (bytes != null) {
            Object value = Terms.termValue(field, bytes);
            counts.put(value, n[0]);
          }
        });
  }
}
