package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IdKeys;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.index.TermList;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.index.Waits;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.CommitState;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The store at the sequence s of a storage snapshot, however far the present has moved on.
 *
 * <p>Posting lists are of the present: while they are read, they reflect every commit up to {@code
 * applied} as read before, none above {@code announced} as read after, and an unknown part of those
 * between. So the membership of a task that no commit in (min(applied, s), max(announced, s)]
 * touched is exact for s; the others are decided by their record in the snapshot. The changed tasks
 * come from memory, or from the change log. Where too many have changed, or the log no longer
 * reaches back, the view has no posting lists and queries go by the records. All that holds for a
 * part of the ordinals as for the whole, so a page that needs few reads few.
 */
public final class PinnedView implements View {
  private final Storage storage;
  private final StorageSnapshot snapshot;
  private final RecordReader reader;
  private final IndexCatalog catalog;
  private final IndexGate gate;
  private final Supplier<IndexCatalog> present;
  private final CommitState state;
  private final ChangeLog changes;
  private final long sequence;
  private final long ordinalBound;

  PinnedView(
      Storage storage,
      StorageSnapshot snapshot,
      RecordReader reader,
      IndexCatalog catalog,
      IndexGate gate,
      Supplier<IndexCatalog> present,
      CommitState state,
      ChangeLog changes,
      long sequence,
      long ordinalBound) {
    this.storage = storage;
    this.snapshot = snapshot;
    this.reader = reader;
    this.catalog = catalog;
    this.gate = gate;
    this.present = present;
    this.state = state;
    this.changes = changes;
    this.sequence = sequence;
    this.ordinalBound = ordinalBound;
  }

  /** The sequence that the view shows. */
  public long sequence() {
    return sequence;
  }

  @Override
  public IndexCatalog catalog() {
    return catalog;
  }

  @Override
  public PostingIndex estimates() {
    return gate.usable();
  }

  @Override
  public Postings set(Condition condition, Deadline deadline, boolean whole, ToldDamage told) {
    long epoch = gate.epoch();
    PostingIndex index = gate.usable();
    if (index == null) {
      return null;
    }
    long applied = state.applied();
    IndexCatalog now = present.get();
    Postings live = new TermSets(index, catalog.readableIn(now)).of(condition, deadline);
    if (live == null) {
      return null;
    }
    SettledLists settled =
        new SettledLists(
            live,
            Matcher.of(condition, this),
            this::fields,
            new TouchedTasks(state, changes, sequence, applied, deadline),
            // the lists of an index that is dropped are emptied
            () -> tells(index, epoch) && present.get() == now,
            deadline,
            told);
    OrdinalBits bits = new OrdinalBits(ordinalBound, settled);
    if (whole) {
      try {
        bits.loadAll();
      } catch (TouchedTasks.OvertakenException e) {
        return null;
      }
    }
    return bits;
  }

  /** Rows as of the sequence, or null where there is no index. */
  SettledRows rows(Deadline deadline) {
    long epoch = gate.epoch();
    PostingIndex index = gate.usable();
    return index == null
        ? null
        : new SettledRows(
            index,
            new TouchedTasks(state, changes, sequence, state.applied(), deadline),
            () -> tells(index, epoch),
            Terms.COLUMN_WIDTHS.size());
  }

  /** Whether what is read of the index still counts; the epoch was read before the index. */
  private boolean tells(PostingIndex index, long epoch) {
    return gate.epoch() == epoch && !index.isFailed();
  }

  @Override
  public TermList terms(int number, Field<?> field) {
    return null; // they and their numbers of tasks are of the present
  }

  @Override
  public boolean hasRows() {
    return false; // rows are of the present
  }

  @Override
  public boolean row(long ordinal, int wanted, long[] columns) {
    throw new IllegalStateException("a pinned view has no rows");
  }

  @Override
  public IndexedFields fields(long ordinal) {
    return reader.fields(ordinal, snapshot);
  }

  @Override
  public int waits(long ordinal) {
    return Waits.decode(storage.get(Family.WAITS, Keys.number(ordinal), snapshot));
  }

  /** The same of many, in one multi-get. */
  List<Integer> waits(List<Long> ordinals) {
    List<byte[]> keys = ordinals.stream().map(Keys::number).toList();
    return storage.multiGet(Family.WAITS, keys, snapshot).stream().map(Waits::decode).toList();
  }

  @Override
  public Task task(long ordinal) {
    return reader.get(ordinal, snapshot, sequence);
  }

  @Override
  public Task task(String id) {
    PostingIndex index = gate.usable();
    long hint = index == null ? PostingIndex.UNSURE : index.find(IdKeys.of(id));
    if (hint >= 0) {
      Task task = task(hint);
      if (task != null && task.id().equals(id)) {
        return task; // the index is of the present, the record is of the snapshot and decides
      }
    }
    long ordinal = ordinalOf(id);
    return ordinal == RecordReader.ABSENT ? null : task(ordinal);
  }

  @Override
  public List<Task> tasks(List<String> ids) {
    return new IdLookup(reader, gate.usable()).tasks(ids, moment());
  }

  /** The tasks of ordinals in their order, without absent ones; one multi-get at most. */
  List<Task> tasksAt(List<Long> ordinals) {
    long[] places = ordinals.stream().mapToLong(Long::longValue).toArray();
    List<Task> tasks = reader.tasks(places, List.of(), new long[0], moment());
    return tasks.stream().filter(Objects::nonNull).toList();
  }

  private RecordReader.Moment moment() {
    return new RecordReader.Moment(snapshot, sequence, () -> state.announced() == sequence);
  }

  @Override
  public byte[] bytes(long ordinal) {
    return reader.bytes(ordinal, snapshot);
  }

  @Override
  public long ordinalOf(String id) {
    return reader.ordinalOf(id, snapshot);
  }

  @Override
  public StorageIterator iterate(Family family, byte[] lower, byte[] upper, boolean scan) {
    return storage.iterate(family, lower, upper, snapshot, scan);
  }

  @Override
  public ReadyHead readyHead() {
    return null; // it is of the present
  }

  @Override
  public long ordinalBound() {
    return ordinalBound;
  }
}
