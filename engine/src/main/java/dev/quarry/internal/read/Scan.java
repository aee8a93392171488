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
 * for an order that no index keeps, a {@link SortedRun}. Not thread-safe.
 */
public final class Scan implements AutoCloseable {
  /** From here on it is worth reading ahead, and not worth filling the block cache. */
  private static final int LONG_CHUNK = 500;

  private final PinnedView view;
  private final RecordCodec codec;
  private final Deadline deadline;
  private final FieldSelection only;
  private final int chunkSize;
  private final Executor executor;
  private final ArrayDeque<RowKey> run = new ArrayDeque<>();

  /** The run in place of {@code run} where rows have to be sorted; else null. */
  private final SortedRun sorted;

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

  Scan(
      PinnedView view,
      RecordCodec codec,
      Query query,
      ScanOptions options,
      SortMemory memory,
      Deadline deadline) {
    this.view = view;
    this.codec = codec;
    this.deadline = deadline;
    this.only = options.fields().isEmpty() ? null : new FieldSelection(options.fields());
    this.chunkSize = options.chunkSize();
    this.left = query.limit().isPresent() ? query.limit().getAsInt() : Long.MAX_VALUE;
    int want = (int) Math.min(left, Integer.MAX_VALUE);
    Plan plan = Planner.planInRuns(view, query, want, memory.tasksInRun(), deadline);
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
    sorted =
        executor == null || executor.plan().ordered()
            ? null
            : new SortedRun(query.order(), view.ordinalBound(), memory);
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
    if (left == 0 && sorted != null) {
      sorted.close();
    }
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

  /** Frees what is kept from chunk to chunk. Before the view is closed. */
  @Override
  public void close() {
    if (sorted != null) {
      sorted.close();
    }
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
      boolean more = sorted == null ? !run.isEmpty() || refill(wanted) : sort();
      if (!more) {
        break;
      }
      deadline.step();
      Task task =
          sorted == null
              ? Delivery.take(run.element().ordinal(), this::delivered, run::remove)
              : Delivery.take(sorted.first(), this::delivered, sorted::removeFirst);
      if (task != null) {
        chunk.add(task);
      }
    }
  }

  private Task delivered(long ordinal) {
    byte[] record = view.bytes(ordinal);
    return record == null ? null : decode(ByteBuffer.wrap(record));
  }

  /** Whether there is a next row to deliver, for which another walk is made where necessary. */
  private boolean sort() {
    if (sorted.isEmpty() && !sorted.isLast()) {
      executor.fill(sorted, left);
    }
    if (sorted.isEmpty()) {
      sorted.close();
    }
    return !sorted.isEmpty();
  }

  private boolean refill(int wanted) {
    List<RowKey> rows = executor.rows(after, wanted);
    if (rows.isEmpty()) {
      return false;
    }
    after = executor.position(rows, after); // first: where it fails, nothing is delivered twice
    run.addAll(rows);
    return true;
  }
}
