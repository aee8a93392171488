package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import dev.quarry.ScanOptions;
import dev.quarry.Task;
import dev.quarry.internal.codec.FieldSelection;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.events.StoreEvents;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A streaming read of a query's result over a pinned view: holds at most one chunk of tasks and,
 * for an order that no index keeps, the places of {@value #SORT_RUN} tasks. Not thread-safe.
 */
public final class Scan implements AutoCloseable {
  static final int SORT_RUN = 65_536;

  /** From here on it is worth reading ahead, and not worth filling the block cache. */
  private static final int LONG_CHUNK = 500;

  private final PinnedView view;
  private final RecordCodec codec;
  private final Deadline deadline;
  private final FieldSelection only;
  private final int chunkSize;
  private final Executor executor;
  private final ArrayDeque<RowKey> run = new ArrayDeque<>();
  private final Matcher sequential;
  private final boolean everything;

  /** Reads the index's rows instead of the records; null where those are read. */
  private RowScan rows;

  private final ToldDamage told = new ToldDamage();
  private long walkFrom;
  private ReadableWalk walk;

  /** Tasks looked at, but for those of the rows that are being read. */
  private long walked;

  private RowKey after;
  private long left;
  private boolean exhausted;

  /** The chunk that is being filled; what a step found before its time was over is kept here. */
  private List<Task> chunk = new ArrayList<>();

  Scan(PinnedView view, RecordCodec codec, Query query, ScanOptions options, Deadline deadline) {
    this.view = view;
    this.codec = codec;
    this.deadline = deadline;
    this.only = options.fields().isEmpty() ? null : new FieldSelection(options.fields());
    this.chunkSize = options.chunkSize();
    this.left = query.limit().isPresent() ? query.limit().getAsInt() : Long.MAX_VALUE;
    Plan plan = Planner.plan(view, query, (int) Math.min(left, Integer.MAX_VALUE));
    boolean most = plan.estimate() * 4 >= view.ordinalBound();
    if (query.order().isEmpty()
        && plan.access() != Access.ID_RANGE
        && (plan.access() == Access.FULL_SCAN || most)) {
      // most records are wanted: reading all in key order beats a point read for each
      executor = null;
      boolean every = query.condition() instanceof Condition.And and && and.parts().isEmpty();
      sequential = Matcher.of(query.condition(), view);
      everything = every;
      rows = RowScan.of(view, codec, query.condition(), options.fields(), only, deadline);
    } else {
      executor = new Executor(view, codec, query, plan, deadline, told);
      sequential = null;
      everything = false;
    }
  }

  /** The next chunk; empty at the end. */
  public List<Task> nextChunk() {
    int wanted = (int) Math.min(chunkSize, left);
    if (exhausted || wanted == 0) {
      return List.of();
    }
    deadline.restart();
    StoreEvents.Query event = StoreEvents.query();
    long before = examined();
    if (sequential != null) {
      fillSequentially(wanted);
    } else {
      fillAsPlanned(wanted);
    }
    List<Task> full = chunk;
    chunk = new ArrayList<>();
    left -= full.size();
    exhausted |= full.isEmpty();
    if (event != null) {
      Access access = executor == null ? Access.FULL_SCAN : executor.plan().access();
      event.done(access.name(), full.size(), examined() - before);
    }
    return full;
  }

  private long examined() {
    long byRows = rows == null ? 0 : rows.examined();
    return executor == null ? walked + byRows : executor.examined();
  }

  /** Frees the walk that goes from chunk to chunk. Before the view is closed. */
  @Override
  public void close() {
    if (walk != null) {
      walk.close();
    }
  }

  private Task decode(ByteBuffer record) {
    return only == null ? codec.decode(record) : codec.decode(record, only);
  }

  private void fillSequentially(int wanted) {
    while (chunk.size() < wanted && !exhausted) {
      Task task = rows == null ? walked() : rows.next();
      if (task != null) {
        chunk.add(task);
      } else if (rows != null && rows.isAbandoned()) {
        walkFrom = rows.position();
        walked = rows.examined();
        rows = null;
      } else {
        exhausted = true;
      }
    }
  }

  /** The next task by the records. */
  private Task walked() {
    if (walk == null) {
      walk = ReadableWalk.of(view, walkFrom, chunkSize > LONG_CHUNK, told);
    }
    while (true) {
      deadline.step();
      ByteBuffer record = walk.next();
      if (record == null) {
        return null;
      }
      walked++;
      try {
        if (everything || sequential.test(walk.ordinal(), codec.indexed(record))) {
          return decode(record);
        }
      } catch (CorruptionException e) {
        throw e; // the walk is behind it
      } catch (RuntimeException | Error e) {
        walkFrom = walk.ordinal();
        walk.close();
        walk = null;
        throw e;
      }
    }
  }

  private void fillAsPlanned(int wanted) {
    while (chunk.size() < wanted) {
      if (run.isEmpty() && !refill(wanted)) {
        break;
      }
      deadline.step();
      Task task = Delivery.take(run, row -> delivered(row.ordinal()));
      if (task != null) {
        chunk.add(task);
      }
    }
  }

  private Task delivered(long ordinal) {
    byte[] record = view.bytes(ordinal);
    return record == null ? null : decode(ByteBuffer.wrap(record));
  }

  private boolean refill(int wanted) {
    int size = executor.plan().ordered() ? wanted : SORT_RUN;
    List<RowKey> rows = executor.rows(after, size);
    if (rows.isEmpty()) {
      return false;
    }
    after = executor.position(rows, after); // first: where it fails, nothing is delivered twice
    run.addAll(rows);
    return true;
  }
}
