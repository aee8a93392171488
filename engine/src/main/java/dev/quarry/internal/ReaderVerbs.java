package dev.quarry.internal;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskReader;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.read.CursorStream;
import dev.quarry.internal.read.Measure;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.Scan;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the read verbs of the store and of a snapshot share. */
abstract class ReaderVerbs implements TaskReader {

  final Guard guard;
  final OpenHandles handles;
  final Reads reads;

  ReaderVerbs(Guard guard, OpenHandles handles, Reads reads) {
    this.guard = guard;
    this.handles = handles;
    this.reads = reads;
  }

  /** Runs a read of {@code with} under a lease. */
  abstract <R> R query(Reads with, Function<Queries, R> work);

  final <R> R query(Function<Queries, R> work) {
    return query(reads, work);
  }

  /** Runs what calls the caller's code under a lease. */
  abstract <R> R withCallbacks(Supplier<R> work);

  /** A view that outlives the call; the caller closes it. */
  abstract Reads.Pinned pin();

  @Override
  public TaskReader within(Duration timeout) {
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("the time must be positive, but is " + timeout);
    }
    return new TimedReader(this, reads.within(timeout));
  }

  @Override
  public Optional<Task> get(String id) {
    Objects.requireNonNull(id, "id");
    return Optional.ofNullable(query(q -> q.get(id)));
  }

  @Override
  public List<Optional<Task>> getAll(Collection<String> ids) {
    handles.checkResult("ids", ids.size());
    return query(q -> q.getAll(ids));
  }

  @Override
  public Optional<Status> statusOf(String id) {
    Objects.requireNonNull(id, "id");
    return Optional.ofNullable(query(q -> q.statusOf(id)));
  }

  @Override
  public Page<Task> page(Query query, PageRequest request) {
    handles.checkResult("page size", request.size());
    return query(q -> q.page(query, request));
  }

  @Override
  public long count(Query query) {
    return query(q -> q.count(query));
  }

  @Override
  public <T> Map<T, Long> countBy(Query query, Field<T> field) {
    return query(q -> q.countBy(query, field));
  }

  @Override
  public DoubleSummaryStatistics summarize(Query query, HoursField field) {
    Measure measure = Measure.of(field);
    return query(q -> q.summarize(query, measure));
  }

  @Override
  public DoubleSummaryStatistics summarize(Query query, InstantField field, Instant moment) {
    Measure measure = Measure.of(field, moment);
    return query(q -> q.summarize(query, measure));
  }

  @Override
  public <T> Map<T, DoubleSummaryStatistics> summarizeBy(
      Query query, Field<T> group, HoursField field) {
    Measure measure = Measure.of(field);
    return query(q -> q.summarizeBy(query, group, measure));
  }

  @Override
  public <T> Map<T, DoubleSummaryStatistics> summarizeBy(
      Query query, Field<T> group, InstantField field, Instant moment) {
    Measure measure = Measure.of(field, moment);
    return query(q -> q.summarizeBy(query, group, measure));
  }

  @Override
  public <T> List<T> distinct(Field<T> field) {
    List<T> values = new ArrayList<>(countBy(Query.all(), field).keySet());
    values.removeIf(Objects::isNull);
    return values;
  }

  @Override
  public QueryPlan explain(Query query) {
    return query(q -> q.explain(query));
  }

  private record Opened(Reads.Pinned pinned, Scan scan) {
    void close() {
      scan.close();
      pinned.close();
    }
  }

  private Opened begin(Query query, ScanOptions options) {
    Reads.Pinned pinned = pin();
    try {
      return new Opened(pinned, reads.scan(pinned, query, options));
    } catch (RuntimeException | Error e) {
      pinned.close();
      throw e;
    }
  }

  @Override
  public TaskCursor scan(Query query, ScanOptions options) {
    Objects.requireNonNull(query, "query");
    int lease = guard.enter();
    try {
      handles.checkResult("chunk size", options.chunkSize());
      Opened opened = handles.admit(OpenHandles.CURSOR, () -> begin(query, options));
      Handle handle = handles.open(OpenHandles.CURSOR, opened::close);
      try {
        StoreCursor cursor =
            new StoreCursor(guard, handles, handle, opened.scan(), opened.pinned().sequence());
        handles.watch(cursor, handle);
        return cursor;
      } catch (RuntimeException | Error e) {
        handle.close();
        throw e;
      }
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  public Stream<Task> stream(Query query) {
    return CursorStream.of(scan(query, ScanOptions.chunks(handles.chunkSize())));
  }

  @Override
  public void forEachChunk(Query query, int chunkSize, Consumer<? super List<Task>> action) {
    try (TaskCursor cursor = scan(query, ScanOptions.chunks(chunkSize))) {
      for (List<Task> chunk = cursor.nextChunk(); !chunk.isEmpty(); chunk = cursor.nextChunk()) {
        action.accept(chunk);
      }
    }
  }

  @Override
  public void forEachParallel(Query query, int threads, Consumer<? super Task> action) {
    int lease = guard.enter();
    Consumer<Task> marked =
        task ->
            withCallbacks(
                () -> {
                  action.accept(task);
                  return null;
                });
    try (Reads.Pinned pinned = pin()) {
      reads.parallel(pinned, query, threads, marked);
    } finally {
      guard.exit(lease);
    }
  }
}
