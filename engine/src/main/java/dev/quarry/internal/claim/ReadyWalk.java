package dev.quarry.internal.claim;

import dev.quarry.CorruptionException;
import dev.quarry.IndexInfo;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.read.Deadline;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.write.ChunkRoom;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.TaskTexts;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the ready task to be claimed next, from inside a commit in the making.
 *
 * <p>It first looks at the head of the index of ready tasks as the storage has it now, without a
 * view: each candidate is checked against what is staged, so one that another commit has just
 * claimed is passed over, and one whose commit has not returned may be missed. Only a filter that
 * refuses all of the head is given to the planner, which may know a shorter way; whether there is
 * anything at all is asked before, outside of a commit. A record that cannot be read is passed
 * over: where the planner meets one, the index of ready tasks is gone through instead, outside of
 * commits, and what it gives is claimed as far as it can be by then.
 */
public final class ReadyWalk {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyWalk.class);

  /** More than the claims that can wait to be written; beyond, the filter is the reason. */
  private static final int HEAD = 256;

  /** Tasks that cannot be read are told once each, and no more of them. */
  private static final int MOST_TOLD = 1_000;

  private static final int FIRST_PAGE = 16;
  private static final int LARGEST_PAGE = 256;
  private static final long PAGE_CHARS = 4 << 20;

  private final Storage storage;
  private final RecordReader reader;
  private final Reads reads;
  private final ReadyHead head;
  private final Supplier<IndexCatalog> catalog;
  private final Set<Long> told = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean toldOfWalk = new AtomicBoolean();

  /** A walk over a store's parts. */
  public ReadyWalk(
      Storage storage,
      RecordReader reader,
      Reads reads,
      ReadyHead head,
      Supplier<IndexCatalog> catalog) {
    this.storage = storage;
    this.reader = reader;
    this.reads = reads;
    this.head = head;
    this.catalog = catalog;
  }

  /**
   * The ids of the ready tasks of highest priority, then age, that satisfy the filter and are not
   * too large to be claimed, at most so many and no more than go into one commit, as far as the
   * head of the index tells it; null where it does not. What follows is not loaded.
   *
   * @param rooms new room in a commit, which one task always finds
   */
  List<String> atHead(
      Staging staging, LargeTasks large, Supplier<ChunkRoom> rooms, Condition filter, int most) {
    IndexCatalog.Entry index = readable(catalog.get().ofReady());
    if (index == null) {
      return null;
    }
    Found found = new Found(staging, rooms.get(), most);
    boolean whole = fromHead(index, wanted(staging, large, filter), found);
    return found.isFull() || whole ? found.ids() : null;
  }

  /**
   * The same by the planner, which begins anew, so that what it finds comes in one order; null
   * where a task that cannot be read is in its way.
   */
  List<String> byQuery(
      Staging staging, LargeTasks large, Supplier<ChunkRoom> rooms, Condition filter, int most) {
    try {
      return byQuery(filter, wanted(staging, large, filter), new Found(staging, rooms.get(), most));
    } catch (CorruptionException e) {
      indexBehind(e);
      return null;
    }
  }

  /**
   * A part of what satisfies a filter, in order, and where the next one begins.
   *
   * @param next null behind the last one
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Part(List<String> ids, byte[] next) {}

  /**
   * The ready tasks that can be read and satisfy the filter, in parts of so many and at least
   * {@link #HEAD}. Not inside a commit: it is a walk over all of them, which must not hold up who
   * writes.
   *
   * @param from where the part before ends, null for the first
   */
  Part among(Condition filter, byte[] from, int most) {
    IndexCatalog.Entry index = readable(catalog.get().ofReady());
    if (index == null) {
      return new Part(List.of(), null); // dropped meanwhile
    }
    Predicate<IndexedFields> holds = Predicates.compile(filter);
    Deadline deadline = reads.deadline();
    List<String> ids = new ArrayList<>();
    byte[] next =
        forEach(
            index,
            from,
            task -> {
              deadline.step();
              if (task != null && holds.test(IndexedFields.of(task).withWaits(0))) {
                ids.add(task.id());
              }
              return ids.size() < Math.max(HEAD, most);
            });
    return new Part(ids, next);
  }

  /** Those of a part that can still be claimed. */
  List<String> of(
      Part part,
      Staging staging,
      LargeTasks large,
      Supplier<ChunkRoom> rooms,
      Condition filter,
      int most) {
    Predicate<Task> wanted = wanted(staging, large, filter);
    Found found = new Found(staging, rooms.get(), most);
    for (String id : part.ids()) {
      Task task = staging.get(id);
      if (task != null && wanted.test(task)) {
        found.add(id);
      }
      if (found.isFull()) {
        break;
      }
    }
    return found.ids();
  }

  /** What is left to look at where the planner met damage; where nothing is, that is thrown. */
  private IndexCatalog.Entry indexBehind(CorruptionException damage) {
    IndexCatalog.Entry index = readable(catalog.get().ofReady());
    if (index == null) {
      throw damage;
    }
    if (!toldOfWalk.getAndSet(true)) {
      LOG.warn(
          "a search for a ready task met damage, and goes through all ready tasks instead, which is"
              + " slower, until it is repaired; verify names what is damaged",
          damage);
    }
    return index;
  }

  private static IndexCatalog.Entry readable(IndexCatalog.Entry index) {
    return index != null && index.state() == IndexInfo.State.READABLE ? index : null;
  }

  private static Predicate<Task> wanted(Staging staging, LargeTasks large, Condition filter) {
    Predicate<IndexedFields> holds = Predicates.compile(filter);
    // the staged task decides; the stored one is at hand already, and refuses more cheaply
    return stored ->
        holds.test(IndexedFields.of(stored).withWaits(0))
            && staging.ready(stored.id())
            && holds.test(IndexedFields.of(staging.get(stored.id())).withWaits(0))
            && large.fits(staging, stored.id());
  }

  /**
   * Whether any ready task that can be read satisfies the filter. Not inside a commit: it may be a
   * walk over all of them, which must not hold up who writes.
   */
  boolean isAny(Condition filter) {
    try {
      return reads.isAny(Query.where(Condition.ready().and(filter)));
    } catch (CorruptionException e) {
      indexBehind(e);
      return !among(filter, null, 1).ids().isEmpty();
    }
  }

  /** What goes into one commit of what was found, in order. */
  private static final class Found {
    private final Staging staging;
    private final ChunkRoom room;
    private final int most;
    private final Set<String> ids = new LinkedHashSet<>(); // who moves may be on two pages
    private boolean full;

    Found(Staging staging, ChunkRoom room, int most) {
      this.staging = staging;
      this.room = room;
      this.most = most;
    }

    void add(String id) {
      if (ids.contains(id)) {
        return;
      }
      if (room.takes(staging.get(id))) {
        ids.add(id);
        full = ids.size() == most;
      } else {
        full = true; // the rest by the next call
      }
    }

    boolean isFull() {
      return full;
    }

    List<String> ids() {
      return List.copyOf(ids);
    }
  }

  /** Collects from the head of the index until some are refused; whether that was all of it. */
  private boolean fromHead(IndexCatalog.Entry index, Predicate<Task> wanted, Found found) {
    int[] refused = {0};
    byte[] next =
        forEach(
            index,
            null,
            task -> {
              if (task != null && wanted.test(task)) {
                found.add(task.id());
              } else {
                refused[0]++;
              }
              return refused[0] < HEAD && !found.isFull();
            });
    return next == null;
  }

  /**
   * Feeds the ready tasks in order, null for one that cannot be read, until {@code more} says
   * false.
   *
   * @param from where to begin, null for the head
   * @return where it would go on, null behind the last one
   */
  private byte[] forEach(IndexCatalog.Entry index, byte[] from, Predicate<Task> more) {
    ReadyHead.Key known = head.get();
    byte[] lower = OrderedEntries.prefix(index.number());
    byte[] upper = OrderedEntries.prefix(index.number() + 1);
    // raised to the end where nothing was ready: then nothing has to be stepped over either
    byte[] start = Arrays.compareUnsigned(known.bytes(), lower) > 0 ? known.bytes() : lower;
    boolean goesOn = true;
    try (StorageIterator it =
        storage.iterate(Family.ORDERED, from == null ? start : from, upper, null)) {
      it.first();
      if (from == null) {
        head.raise(known, it.isValid() ? it.key() : upper);
      }
      for (; it.isValid() && goesOn; it.next()) {
        goesOn = more.test(readable(OrderedEntries.ordinal(index, it.key())));
      }
      return it.isValid() ? it.key() : null;
    }
  }

  /** A damaged record must not keep the tasks behind it from being claimed. */
  private Task readable(long ordinal) {
    try {
      return reader.get(ordinal);
    } catch (CorruptionException e) {
      if (told.size() < MOST_TOLD && told.add(ordinal)) {
        LOG.warn("a ready task cannot be read and is passed over, ordinal {}", ordinal, e);
      }
      return null;
    }
  }

  private List<String> byQuery(Condition filter, Predicate<Task> wanted, Found found) {
    Query query =
        Query.where(Condition.ready().and(filter))
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
    PageRequest request = PageRequest.first(FIRST_PAGE);
    while (true) {
      PageRequest wish = request;
      Page<Task> page = reads.read(queries -> queries.page(query, wish));
      long chars = 0;
      for (Task task : page.items()) {
        chars += TaskTexts.chars(task);
        if (wanted.test(task)) {
          found.add(task.id());
          if (found.isFull()) {
            return found.ids();
          }
        }
      }
      if (!page.hasNext()) {
        return found.ids();
      }
      request = PageRequest.after(page.continuation(), nextSize(wish.size(), chars));
    }
  }

  /** A page is held whole: of large tasks only few are read at a time. */
  private static int nextSize(int size, long chars) {
    return chars > PAGE_CHARS ? Math.max(1, size / 4) : Math.min(LARGEST_PAGE, size * 4);
  }
}
