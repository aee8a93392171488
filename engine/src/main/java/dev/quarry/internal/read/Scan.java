package dev.quarry.internal.read;

import dev.quarry.ScanOptions;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A streaming read of a query's result over a pinned view: holds at most one chunk of tasks and,
 * for an order that no index keeps, the places of {@value #SORT_RUN} tasks. Not thread-safe.
 */
public final class Scan {
  private static final int SORT_RUN = 65_536;

  private final PinnedView view;
  private final RecordCodec codec;
  private final Deadline deadline;
  private final Set<Field<?>> only;
  private final int chunkSize;
  private final Executor executor;
  private final ArrayDeque<RowKey> run = new ArrayDeque<>();
  private final Matcher sequential;
  private final boolean everything;
  private RowKey after;
  private long left;
  private boolean exhausted;

  Scan(PinnedView view, RecordCodec codec, Query query, ScanOptions options, Deadline deadline) {
    this.view = view;
    this.codec = codec;
    this.deadline = deadline;
    this.only = new HashSet<>(options.fields());
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
    } else {
      executor = new Executor(view, codec, query, plan, deadline);
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
    List<Task> chunk = sequential != null ? sequentialChunk(wanted) : plannedChunk(wanted);
    left -= chunk.size();
    exhausted = chunk.isEmpty();
    return chunk;
  }

  private Task decode(byte[] record) {
    return only.isEmpty() ? codec.decode(record) : codec.decode(record, only);
  }

  private List<Task> sequentialChunk(int wanted) {
    List<Task> chunk = new ArrayList<>(wanted);
    byte[] lower = after == null ? null : Keys.number(after.ordinal() + 1);
    try (StorageIterator it = view.iterate(Family.RECORDS, lower, null, wanted > 500)) {
      for (it.first(); it.isValid() && chunk.size() < wanted; it.next()) {
        deadline.step();
        byte[] record = it.value();
        if (everything || sequential.test(Keys.number(it.key()), codec.indexed(record))) {
          chunk.add(decode(record));
          after = new RowKey(Keys.number(it.key()), null, null);
        }
      }
    }
    return chunk;
  }

  private List<Task> plannedChunk(int wanted) {
    List<Task> chunk = new ArrayList<>(wanted);
    while (chunk.size() < wanted) {
      if (run.isEmpty() && !refill(wanted)) {
        break;
      }
      deadline.step();
      RowKey row = run.poll();
      byte[] record = view.bytes(row.ordinal());
      if (record != null) {
        chunk.add(decode(record));
      }
    }
    return chunk;
  }

  private boolean refill(int wanted) {
    int size = executor.plan().ordered() ? wanted : SORT_RUN;
    List<RowKey> rows = executor.rows(after, size);
    if (rows.isEmpty()) {
      return false;
    }
    run.addAll(rows);
    RowKey last = rows.get(rows.size() - 1);
    IndexedFields fields = view.fields(last.ordinal());
    after = executor.position(last.ordinal(), fields);
    return true;
  }
}
