package dev.quarry.internal.read;

import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.events.StoreEvents;
import dev.quarry.internal.index.IdKeys;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.CommitState;
import dev.quarry.internal.write.StoreHead;
import dev.quarry.query.Query;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Gives reads a consistent view without a lock. A read first runs over the present; if no commit
 * was under way before and none began until after, it has seen exactly one sequence and is done.
 * Else it runs once more over a storage snapshot, which needs no quiet. One that takes long notices
 * a commit on its way, and does not end in vain.
 */
public final class Reads {
  private static final int LIVE_ATTEMPTS = 2;

  private final Storage storage;
  private final RecordReader reader;
  private final RecordCodec codec;
  private final IndexGate gate;
  private final Supplier<CommitState> states;
  private final ChangeLog changes;
  private final Supplier<IndexCatalog> catalog;
  private final Supplier<StoreHead> head;
  private final ReadyHead readyHead;
  private final Duration timeout;
  private final SortMemory sorting;

  /** Ends a read of the present that no longer counts. */
  private static final class OutdatedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OutdatedException() {
      super("the store has changed meanwhile", null, false, false);
    }
  }

  /** Reads over a store; all of whose parts are thread-safe. */
  public Reads(
      Storage storage,
      RecordReader reader,
      RecordCodec codec,
      IndexGate gate,
      Supplier<CommitState> states,
      ChangeLog changes,
      Supplier<IndexCatalog> catalog,
      Supplier<StoreHead> head,
      ReadyHead readyHead,
      Duration timeout) {
    this(
        storage,
        reader,
        codec,
        gate,
        states,
        changes,
        catalog,
        head,
        readyHead,
        timeout,
        SortMemory.ofHeap(Runtime.getRuntime().maxMemory()));
  }

  private Reads(
      Storage storage,
      RecordReader reader,
      RecordCodec codec,
      IndexGate gate,
      Supplier<CommitState> states,
      ChangeLog changes,
      Supplier<IndexCatalog> catalog,
      Supplier<StoreHead> head,
      ReadyHead readyHead,
      Duration timeout,
      SortMemory sorting) {
    this.storage = storage;
    this.reader = reader;
    this.codec = codec;
    this.gate = gate;
    this.states = states;
    this.changes = changes;
    this.catalog = catalog;
    this.head = head;
    this.readyHead = readyHead;
    this.timeout = timeout;
    this.sorting = sorting;
  }

  /** The same reads with this time for each. */
  public Reads within(Duration value) {
    return with(value, sorting);
  }

  /** The same reads whose cursors sort in this memory. */
  public Reads sorting(SortMemory value) {
    return with(timeout, value);
  }

  /** What their cursors sort in. */
  public SortMemory sortMemory() {
    return sorting;
  }

  private Reads with(Duration time, SortMemory memory) {
    return new Reads(
        storage, reader, codec, gate, states, changes, catalog, head, readyHead, time, memory);
  }

  /** Runs {@code work} over one sequence. */
  public <R> R read(Function<Queries, R> work) {
    return read(new Deadline(timeout), LIVE_ATTEMPTS, work);
  }

  /**
   * The same without a limit of time, for jobs, which would begin at the same place again; every
   * some hundred steps {@code goOn} is run, which throws to end it.
   */
  public <R> R read(Runnable goOn, Function<Queries, R> work) {
    return read(Deadline.never(goOn), LIVE_ATTEMPTS, work);
  }

  private <R> R read(Deadline deadline, int liveAttempts, Function<Queries, R> work) {
    StoreEvents.Query event = StoreEvents.query();
    CommitState state = states.get();
    for (int i = 0; i < liveAttempts; i++) {
      long epoch = gate.epoch();
      long applied = state.applied();
      if (state.announced() != applied) {
        break;
      }
      IndexCatalog indexes = catalog.get();
      BooleanSupplier counts =
          () -> unchangedSince(state, applied, epoch) && catalog.get() == indexes;
      try {
        Queries queries = new Queries(liveView(indexes), codec, deadline.and(endUnless(counts)));
        R result = work.apply(queries);
        if (counts.getAsBoolean()) {
          queries.tell(event);
          return result;
        }
      } catch (OutdatedException e) {
        break; // as long as it takes, it would be again
      } catch (RuntimeException e) {
        // what a read makes of two sequences at once proves nothing
        if (counts.getAsBoolean()) {
          throw e;
        }
      }
    }
    try (Pinned pinned = pin()) {
      Queries queries = new Queries(pinned.view(), codec, deadline);
      R result = work.apply(queries);
      queries.tell(event);
      return result;
    }
  }

  private static Runnable endUnless(BooleanSupplier counts) {
    return () -> {
      if (!counts.getAsBoolean()) {
        throw new OutdatedException();
      }
    };
  }

  /** The time that a read has from now on. */
  public Deadline deadline() {
    return new Deadline(timeout);
  }

  /**
   * Whether some task satisfies the query. That there is none may take a walk over many, beside
   * which there will be commits again: it is repeated over a snapshot at once.
   */
  public boolean isAny(Query query) {
    PageRequest one = PageRequest.first(1);
    return !read(new Deadline(timeout), 1, queries -> queries.page(query, one)).items().isEmpty();
  }

  /**
   * The task of an id as of now, or null. What the index finds is believed when the record agrees,
   * at any time; that it finds nothing is believed where no commit is under way.
   */
  public Task get(String id) {
    Task hot = reader.named(id);
    if (hot != null) {
      return hot;
    }
    long epoch = gate.epoch();
    PostingIndex index = gate.usable();
    if (index == null) {
      return reader.get(id);
    }
    CommitState state = states.get();
    long applied = state.applied();
    boolean quiet = state.announced() == applied;
    long found = index.find(IdKeys.of(id));
    if (found >= 0) {
      Task task = reader.get(found, id);
      if (task != null) {
        return task;
      }
    } else if (found == PostingIndex.NO_ROW && quiet && unchangedSince(state, applied, epoch)) {
      return null;
    }
    return reader.get(id);
  }

  /** The status of the task of an id as of now, or null. */
  public Status statusOf(String id) {
    long epoch = gate.epoch();
    PostingIndex index = gate.usable();
    CommitState state = states.get();
    long applied = state.applied();
    if (index != null && state.announced() == applied) {
      long key = IdKeys.of(id);
      long found = index.find(key);
      // of a key that is one id's only, the row is that id's; of others the record has to tell
      if (found == PostingIndex.NO_ROW || (found >= 0 && IdKeys.isWhole(key))) {
        long code = found < 0 ? 0 : index.column(found, Terms.COLUMN_STATUS, 0);
        if (unchangedSince(state, applied, epoch)) {
          return Codes.status((int) code);
        }
      }
    }
    return read(queries -> queries.statusOf(id));
  }

  private boolean unchangedSince(CommitState state, long sequence, long epoch) {
    VarHandle.loadLoadFence(); // all that was read, off-heap too, was read before this
    return state.announced() == sequence && gate.epoch() == epoch;
  }

  private LiveView liveView(IndexCatalog indexes) {
    return new LiveView(storage, reader, gate, indexes, readyHead, head.get().nextOrdinal());
  }

  /**
   * A view that holds.
   *
   * @param snapshot the storage's
   * @param view over it
   * @param release what ends it
   */
  public record Pinned(StorageSnapshot snapshot, PinnedView view, Runnable release)
      implements AutoCloseable {
    /** The sequence of the view. */
    public long sequence() {
      return view.sequence();
    }

    /** The same view for another user, whose close runs {@code end} instead. */
    public Pinned shared(Runnable end) {
      return new Pinned(snapshot, view, end);
    }

    @Override
    public void close() {
      release.run();
    }
  }

  /** A view of now that holds until it is closed. */
  public Pinned pin() {
    CommitState state = states.get();
    while (true) {
      long applied = state.applied();
      IndexCatalog indexes = catalog.get(); // before the snapshot: what is readable is in it
      StorageSnapshot snapshot = storage.snapshot();
      long sequence = state.sequenceOf(applied, snapshot.storageSequence());
      // an index that was dropped meanwhile may be in the catalog but not in the snapshot
      if (sequence >= 0 && catalog.get() == indexes) {
        PinnedView view =
            new PinnedView(
                storage,
                snapshot,
                reader,
                indexes,
                gate,
                catalog,
                state,
                changes,
                sequence,
                ordinalBound(snapshot, sequence));
        return new Pinned(snapshot, view, snapshot::close);
      }
      snapshot.close(); // thousands of commits or a change of the indexes came in between
    }
  }

  /** Above all ordinals of a snapshot; a commit is in the storage before it is in the head. */
  private long ordinalBound(StorageSnapshot snapshot, long sequence) {
    StoreHead now = head.get();
    return now.sequence() >= sequence
        ? now.nextOrdinal()
        : StoreHead.read(storage, snapshot).nextOrdinal();
  }

  /** The query verbs over a view that holds. */
  public Queries over(Pinned pinned) {
    return new Queries(pinned.view(), codec, new Deadline(timeout));
  }

  /** The graph verbs over a view that holds. */
  public GraphReader graph(Pinned pinned) {
    return new GraphReader(pinned.view(), codec, new Deadline(timeout));
  }

  /** A streaming read over a view that holds. */
  public Scan scan(Pinned pinned, Query query, ScanOptions options) {
    return new Scan(pinned.view(), codec, query, options, sorting, new Deadline(timeout));
  }

  /** Feeds the result to {@code action} from several threads. */
  public void parallel(Pinned pinned, Query query, int threads, Consumer<? super Task> action) {
    new ParallelScan(pinned.view(), codec, query, action, new Deadline(timeout)).run(threads);
  }
}
