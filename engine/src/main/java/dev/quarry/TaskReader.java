package dev.quarry;

import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The read verbs, of a {@link TaskStore} and of a {@link Snapshot}. Thread-safe; no read takes a
 * lock or waits for a writer. Every answer equals that of a full scan with the same predicate.
 */
public interface TaskReader {
  /**
   * The same reader with another time for each query, and for each step of a scan or of a walk,
   * than {@link TaskStoreOptions#queryTimeout}. What takes longer ends with a {@link
   * QueryTimeoutException} within some milliseconds. In {@link #forEachParallel} the time of the
   * action does not count.
   */
  TaskReader within(Duration timeout);

  /** The task with this id. One cache look-up or two point reads. */
  Optional<Task> get(String id);

  /** The tasks with these ids, in the order given, absent ones empty; all as of one sequence. */
  List<Optional<Task>> getAll(Collection<String> ids);

  /** The status of a task, without decoding it where it is indexed. */
  Optional<Status> statusOf(String id);

  /** A page of the result. */
  Page<Task> page(Query query, PageRequest request);

  /**
   * A page of the tasks that can be started now and satisfy the filter: highest priority first,
   * then oldest. See {@link Condition#ready}.
   */
  default Page<Task> ready(Condition filter, PageRequest request) {
    Query query =
        Query.where(Condition.ready().and(filter))
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
    return page(query, request);
  }

  /** How many tasks satisfy the query (its order and limit do not matter). */
  long count(Query query);

  /**
   * How many tasks of the query have each value of the field, in the field's order; null is a key
   * where it occurs. Values that queries hold for equal are one key: zero hours are 0.0, of either
   * sign. The map cannot be changed.
   *
   * <p>Of all tasks by an indexed field, this costs microseconds. A {@link Snapshot}, and a store
   * opened read-only, read the record of every task of the query, at about a microsecond each.
   */
  <T> Map<T, Long> countBy(Query query, Field<T> field);

  /**
   * Number, sum, least, greatest and mean of an amount of hours over the tasks of the query; those
   * without it are not counted. The sum is compensated: small amounts are not lost beside large
   * ones. The result is the caller's own. It is computed by a walk over the tasks of the query,
   * mostly in the index alone ({@code docs/queries.md}).
   */
  DoubleSummaryStatistics summarize(Query query, HoursField field);

  /**
   * The same of the time between the field's and {@code moment}, in seconds, exact to the
   * microsecond within 285 years. Of a due time it is the time left, negative where it is over; of
   * every other the time since, so that {@code summarize(query, CREATED_AT, now)} tells of ages.
   */
  DoubleSummaryStatistics summarize(Query query, InstantField field, Instant moment);

  /**
   * {@link #summarize(Query, HoursField)} for each value of {@code group}: the same keys in the
   * same order as those of {@link #countBy}. A task with several tags counts for each. The map
   * cannot be changed.
   */
  <T> Map<T, DoubleSummaryStatistics> summarizeBy(Query query, Field<T> group, HoursField field);

  /** {@link #summarize(Query, InstantField, Instant)} for each value of {@code group}. */
  <T> Map<T, DoubleSummaryStatistics> summarizeBy(
      Query query, Field<T> group, InstantField field, Instant moment);

  /** The values of a field over all tasks, in the field's order, without null. */
  <T> List<T> distinct(Field<T> field);

  /** How the query would be answered; runs it to fill in the examined rows. */
  QueryPlan explain(Query query);

  /** A streaming read of the result, as of now. Without an order it goes by ordinal. */
  TaskCursor scan(Query query, ScanOptions options);

  /** The same as a stream, which must be closed. */
  Stream<Task> stream(Query query);

  /** Feeds the result to {@code action} in chunks of {@code chunkSize}, each its own list. */
  void forEachChunk(Query query, int chunkSize, Consumer<? super List<Task>> action);

  /**
   * Feeds the result to {@code action} from {@code threads} threads, each over its own key ranges,
   * in no order, which is why the query's order counts for nothing; ends when all have ended. The
   * first exception of an action stops the others and is thrown. The past ({@link TaskStore#asOf})
   * is read by the calling thread alone.
   *
   * @throws IllegalArgumentException where the query has a limit, or there are not 1 to 1,024
   *     threads
   */
  void forEachParallel(Query query, int threads, Consumer<? super Task> action);
}
