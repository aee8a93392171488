package dev.quarry.internal.past;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.StopReason;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskReader;
import dev.quarry.internal.codec.FieldSelection;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.codec.TextOrder;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.OneThread;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.read.CursorStream;
import dev.quarry.internal.read.Delivery;
import dev.quarry.internal.read.Measure;
import dev.quarry.internal.read.PageTokens;
import dev.quarry.internal.read.ParallelScan;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.SortedRun;
import dev.quarry.internal.read.Summaries;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TagsField;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The read verbs over a past state. Queries read what the indexes of the present and the change log
 * leave to read. Thread-safe.
 */
public final class PastSnapshot implements Snapshot {
  private final Guard guard;
  private final OpenHandles handles;
  private final Handle handle;
  private final RecordCodec codec;
  private final PastState state;
  private final Duration timeout;
  private final Reads reads;
  private final Reads.Pinned now;

  /** The snapshot whose end ends this one too: it must not be collected before, or null. */
  @SuppressWarnings("unused")
  private final PastSnapshot owner;

  PastSnapshot(
      Guard guard,
      OpenHandles handles,
      Handle handle,
      RecordCodec codec,
      PastState state,
      Duration timeout,
      Reads reads,
      Reads.Pinned now,
      PastSnapshot owner) {
    this.reads = reads;
    this.now = now;
    this.guard = guard;
    this.handles = handles;
    this.handle = handle;
    this.codec = codec;
    this.state = state;
    this.timeout = timeout;
    this.owner = owner;
  }

  @Override
  public TaskReader within(Duration other) {
    if (other.isZero() || other.isNegative()) {
      throw new IllegalArgumentException("the time must be positive, but is " + other);
    }
    return new PastSnapshot(guard, handles, handle, codec, state, other, reads, now, this);
  }

  private <R> R read(Supplier<R> work) {
    int lease = guard.enter();
    try {
      handle.enter();
      try {
        return work.get();
      } finally {
        handle.exit();
      }
    } finally {
      guard.exit(lease);
    }
  }

  private PastRows rows(Query query) {
    return new PastRows(state, codec, reads, now, query, timeout);
  }

  private Task task(byte[] record) {
    return record == null ? null : codec.decode(record);
  }

  @Override
  public long sequence() {
    return state.sequence();
  }

  @Override
  public Optional<Task> get(String id) {
    Objects.requireNonNull(id, "id");
    return read(() -> Optional.ofNullable(task(state.record(id))));
  }

  @Override
  public List<Optional<Task>> getAll(Collection<String> ids) {
    handles.checkResult("ids", ids.size());
    return read(() -> ids.stream().map(id -> Optional.ofNullable(task(state.record(id)))).toList());
  }

  @Override
  public Optional<Status> statusOf(String id) {
    Objects.requireNonNull(id, "id");
    return read(() -> Optional.ofNullable(state.record(id)).map(RecordCodec::status));
  }

  @Override
  public Page<Task> page(Query query, PageRequest request) {
    handles.checkResult("page size", request.size());
    return read(
        () -> {
          PageTokens.Place from =
              request.after() == null ? null : PageTokens.decode(query, request.after());
          long delivered = from == null ? 0 : from.delivered();
          long left =
              query.limit().isPresent() ? query.limit().getAsInt() - delivered : Long.MAX_VALUE;
          int wanted = (int) Math.min(request.size(), left);
          if (wanted <= 0) {
            return new Page<>(List.of(), Continuation.END, StopReason.EXHAUSTED);
          }
          PastRows.Row after =
              from == null ? null : new PastRows.Row(from.ordinal(), from.sortable());
          List<PastRows.Row> rows = rows(query).next(after, wanted + 1);
          boolean more = rows.size() > wanted && left > wanted;
          List<PastRows.Row> shown = rows.subList(0, Math.min(wanted, rows.size()));
          List<Task> items = tasks(shown);
          if (!more) {
            return new Page<>(items, Continuation.END, StopReason.EXHAUSTED);
          }
          PastRows.Row end = shown.get(shown.size() - 1);
          PageTokens.Place place =
              new PageTokens.Place(delivered + items.size(), end.ordinal(), end.sortable());
          return new Page<>(items, PageTokens.encode(query, place), StopReason.LIMIT_REACHED);
        });
  }

  private List<Task> tasks(List<PastRows.Row> rows) {
    List<Task> tasks = new ArrayList<>(rows.size());
    for (PastRows.Row row : rows) {
      tasks.add(task(state.record(row.ordinal())));
    }
    return tasks;
  }

  @Override
  public long count(Query query) {
    return read(
        () -> {
          long[] n = {0};
          rows(query)
              .forEach(
                  (ordinal, fields) -> {
                    n[0]++;
                    return true;
                  });
          return n[0];
        });
  }

  @Override
  public <T> Map<T, Long> countBy(Query query, Field<T> field) {
    return read(
        () -> {
          Map<Object, Long> counts = new TreeMap<>((a, b) -> compareFully(field, a, b));
          rows(query)
              .forEach(
                  (ordinal, fields) -> {
                    count(field, fields.value(field), counts);
                    return true;
                  });
          Map<T, Long> result = new LinkedHashMap<>();
          counts.forEach((value, n) -> result.put(typed(field, value), n));
          return Collections.unmodifiableMap(result);
        });
  }

  @Override
  public DoubleSummaryStatistics summarize(Query query, HoursField field) {
    return summaries(query, null, Measure.of(field)).total();
  }

  @Override
  public DoubleSummaryStatistics summarize(Query query, InstantField field, Instant moment) {
    return summaries(query, null, Measure.of(field, moment)).total();
  }

  @Override
  public <T> Map<T, DoubleSummaryStatistics> summarizeBy(
      Query query, Field<T> group, HoursField field) {
    Objects.requireNonNull(group, "group");
    return summaries(query, group, Measure.of(field)).typed(group);
  }

  @Override
  public <T> Map<T, DoubleSummaryStatistics> summarizeBy(
      Query query, Field<T> group, InstantField field, Instant moment) {
    Objects.requireNonNull(group, "group");
    return summaries(query, group, Measure.of(field, moment)).typed(group);
  }

  private Summaries summaries(Query query, Field<?> group, Measure measure) {
    return read(
        () -> {
          Summaries summaries = new Summaries(group, measure);
          rows(query)
              .forEach(
                  (ordinal, fields) -> {
                    summaries.add(fields);
                    return true;
                  });
          return summaries;
        });
  }

  private static void count(Field<?> field, Object value, Map<Object, Long> counts) {
    if (!(field instanceof TagsField)) {
      counts.merge(value, 1L, Long::sum);
      return;
    }
    List<?> tags = (List<?>) value;
    if (tags.isEmpty()) {
      counts.merge(null, 1L, Long::sum);
    }
    tags.forEach(tag -> counts.merge(tag, 1L, Long::sum));
  }

  /** The field's order, and in full those texts that it holds for equal, being long. */
  private static int compareFully(Field<?> field, Object a, Object b) {
    int c = OrderedKeys.compareValues(field, a, b);
    return c == 0 && a instanceof String x && b instanceof String y ? TextOrder.compare(x, y) : c;
  }

  @SuppressWarnings({"unchecked", "unused"}) // the values come from the field itself
  private static <T> T typed(Field<T> field, Object value) {
    return (T) value;
  }

  @Override
  public <T> List<T> distinct(Field<T> field) {
    List<T> values = new ArrayList<>(countBy(Query.all(), field).keySet());
    values.removeIf(Objects::isNull);
    return values;
  }

  @Override
  public QueryPlan explain(Query query) {
    return read(
        () -> {
          long start = System.nanoTime();
          PastRows rows = rows(query);
          int want = Math.min(query.limit().orElse(Queries.EXPLAIN_ROWS), Queries.MAX_EXPLAINED);
          int returned = rows.next(null, want).size();
          return new QueryPlan(
              rows.access(),
              rows.access() == QueryPlan.Access.FULL_SCAN ? "" : "now, and changed since",
              0,
              rows.examined(),
              returned,
              query.order().isEmpty() ? QueryPlan.Sort.NONE : QueryPlan.Sort.HEAP,
              query.condition().toString(),
              System.nanoTime() - start);
        });
  }

  @Override
  public TaskCursor scan(Query query, ScanOptions options) {
    int lease = guard.enter();
    try {
      handles.checkResult("chunk size", options.chunkSize());
      Cursor cursor = handles.admit(OpenHandles.CURSOR, () -> begin(query, options));
      SortedRun run = cursor.run; // not the cursor, nor this: they would never be unreachable
      Handle use = handle;
      Runnable end =
          () -> {
            run.close();
            use.exit();
          };
      cursor.own = handles.open(OpenHandles.CURSOR, end);
      handles.watch(cursor, cursor.own);
      return cursor;
    } finally {
      guard.exit(lease);
    }
  }

  private Cursor begin(Query query, ScanOptions options) {
    return read(
        () -> {
          Cursor cursor = new Cursor(query, options);
          handle.enter(); // the cursor's own use, until it is closed
          return cursor;
        });
  }

  private final class Cursor implements TaskCursor {
    private final ScanOptions options;
    private final FieldSelection only;
    private final PastRows rows;
    private final boolean isOrdered;
    private final SortedRun run;
    private final OneThread oneThread = new OneThread();
    private Handle own;
    private long left;

    /** The chunk that is being filled; what a step found before its time was over is kept here. */
    private List<Task> chunk = new ArrayList<>();

    Cursor(Query query, ScanOptions options) {
      this.options = options;
      this.only = options.fields().isEmpty() ? null : new FieldSelection(options.fields());
      this.rows = rows(query);
      this.run = rows.newRun();
      this.isOrdered = !query.order().isEmpty();
      this.left = query.limit().isPresent() ? query.limit().getAsInt() : Long.MAX_VALUE;
    }

    @Override
    public List<Task> nextChunk() {
      int lease = guard.enter();
      try {
        own.enter();
        try {
          return oneThread.step(() -> fill((int) Math.min(options.chunkSize(), left)));
        } finally {
          own.exit();
        }
      } finally {
        guard.exit(lease);
      }
    }

    private List<Task> fill(int wanted) {
      while (chunk.size() < wanted) {
        if (run.isEmpty() && !run.isLast()) {
          rows.fill(run, isOrdered ? left : wanted);
        }
        if (run.isEmpty()) {
          run.close();
          break;
        }
        chunk.add(Delivery.take(run.first(), this::delivered, run::removeFirst));
      }
      List<Task> full = chunk;
      chunk = new ArrayList<>();
      left -= full.size();
      if (left == 0) {
        run.close();
      }
      return full;
    }

    private Task delivered(long ordinal) {
      byte[] record = state.record(ordinal);
      return only == null ? codec.decode(record) : codec.decode(record, only);
    }

    @Override
    public long sequence() {
      return state.sequence();
    }

    @Override
    public void close() {
      handles.close(own);
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

  /** In this thread alone: a past state is put together from one walk. */
  @Override
  public void forEachParallel(Query query, int threads, Consumer<? super Task> action) {
    ParallelScan.check(query, threads);
    forEachChunk(
        Query.where(query.condition()), handles.chunkSize(), chunk -> chunk.forEach(action));
  }

  @Override
  public void close() {
    handles.close(handle);
  }
}
