package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/**
 * The past as far as the change log keeps it. An update keeps the record as it was before; where
 * only queryable fields changed, their part of it alone, for the texts stand in the next later
 * record that has them. A task's state at a sequence is thus what the first change behind that
 * sequence has kept, or its present record. Thread-safe, but for one {@link #inTurn}; costs one
 * seek for each state, and one step for each later change of the task with the same texts, but in
 * turn one step for all of these together.
 */
public final class History {
  private static final byte WHOLE = 0;
  private static final byte PREFIX = 1;

  private final Storage storage;
  private final RecordCodec codec;
  private final StorageSnapshot at;
  private final Runnable step;

  /** Null where states are not read in turn. */
  private final KeptBodies bodies;

  /** Null where none are kept. */
  private final KeptEntries entries;

  /** Of the sequence asked for last, if the history is of a snapshot. */
  private volatile Bound bound;

  /** The past as seen from now. */
  public History(Storage storage, RecordCodec codec) {
    this(storage, codec, null);
  }

  /** The past as seen from a point in time (null for now), which must outlive the history. */
  public History(Storage storage, RecordCodec codec, StorageSnapshot at) {
    this(storage, codec, at, () -> {});
  }

  /** The same; {@code step} is run for each entry that is looked at, and may throw to end that. */
  public History(Storage storage, RecordCodec codec, StorageSnapshot at, Runnable step) {
    this(storage, codec, at, step, null, null);
  }

  /** The same for one thread that reads many states in turn, forth or back, from a snapshot. */
  public static History inTurn(
      Storage storage, RecordCodec codec, StorageSnapshot at, Runnable step) {
    return inTurn(storage, codec, at, step, new KeptBodies(), new KeptEntries());
  }

  /** The same for one that goes on where others of this store have kept texts and entries. */
  public static History inTurn(
      Storage storage,
      RecordCodec codec,
      StorageSnapshot at,
      Runnable step,
      KeptBodies bodies,
      KeptEntries entries) {
    return new History(storage, codec, Objects.requireNonNull(at), step, bodies, entries);
  }

  private History(
      Storage storage,
      RecordCodec codec,
      StorageSnapshot at,
      Runnable step,
      KeptBodies bodies,
      KeptEntries entries) {
    this.bodies = bodies;
    this.entries = entries;
    this.step = step;
    this.storage = storage;
    this.codec = codec;
    this.at = at;
  }

  /** What an update or delete keeps of a record; {@code after} is null for a delete. */
  static byte[] entry(RecordCodec codec, byte[] before, byte[] after) {
    boolean whole = after == null || !RecordCodec.sameBody(before, after);
    byte[] kept = whole ? before : codec.indexedPrefix(before);
    return ByteBuffer.allocate(1 + kept.length).put(whole ? WHOLE : PREFIX).put(kept).array();
  }

  /** The id in an entry. */
  static String idIn(RecordCodec codec, byte[] entry) {
    return codec.indexed(ByteBuffer.wrap(entry, 1, entry.length - 1).slice()).id();
  }

  /** The first sequence whose commit the log has; the one after the last for an empty log. */
  public long firstRetained(long last) {
    try (StorageIterator it = storage.iterate(Family.CHANGES, null, null, at)) {
      it.first();
      return it.isValid() ? Keys.number(it.key()) : last + 1;
    }
  }

  /**
   * Feeds the commits {@code > after} in order, with the tasks before and after, until {@code more}
   * says false. The caller makes sure that the log reaches back that far.
   */
  public void forEach(long after, Predicate<Commit> more) {
    forEachPart(new LogPlace(after, 0), () -> Integer.MAX_VALUE, part -> more.test(part.commit()));
  }

  /**
   * The same from a place on, which moves behind each part that is fed. Costs what the changes of
   * the parts cost, wherever in a commit the place lies, as long as it is gone on with; another
   * place in the middle of a commit is found by a walk over what lies before.
   *
   * @param most how many changes the next part may have, at least 1
   */
  public void forEachPart(LogPlace place, IntSupplier most, Predicate<CommitPart> more) {
    // who stands in the middle of a large entry will come for it again
    boolean scan = place.changes() == 0;
    try (StorageIterator it =
        storage.iterate(Family.CHANGES, Keys.number(place.after() + 1), null, at, scan)) {
      for (it.first(); it.isValid(); it.next()) {
        long sequence = Keys.number(it.key());
        if (sequence != place.after() + 1) {
          place.moveTo(sequence - 1);
        }
        if (!forEachPart(entry(sequence, it), place, most, more)) {
          return;
        }
      }
    }
  }

  private LogEntry entry(long sequence, StorageIterator it) {
    LogEntry kept = entries == null ? null : entries.of(sequence);
    return kept == null ? new LogEntry(sequence, it.value()) : kept;
  }

  private boolean forEachPart(
      LogEntry entry, LogPlace place, IntSupplier most, Predicate<CommitPart> more) {
    boolean isLast = false;
    boolean goOn = true;
    while (goOn && !isLast) {
      CommitPart part = part(entry, place, most.getAsInt());
      isLast = part.isLast();
      goOn = more.test(part);
    }
    if (!isLast && entries != null) {
      entries.keep(entry);
    }
    return goOn;
  }

  /** One commit, or null where the log does not have it. */
  public Commit commit(long sequence) {
    LogEntry entry = entry(sequence);
    return entry == null ? null : commit(entry);
  }

  /** The last commit of a caller that changed tasks, or null where the log has none. */
  public Commit lastThatChangedTasks() {
    try (StorageIterator it = storage.iterate(Family.CHANGES, null, null, at)) {
      for (it.last(); it.isValid(); it.previous()) {
        LogEntry entry = new LogEntry(Keys.number(it.key()), it.value());
        if (entry.action() != Action.EXPIRE && entry.changesTasks()) {
          return commit(entry);
        }
      }
    }
    return null;
  }

  /** When and what for a commit was made, without its tasks; null where the log has it not. */
  public Commit facts(long sequence) {
    LogEntry entry = entry(sequence);
    return entry == null
        ? null
        : new Commit(sequence, entry.at(), entry.action(), entry.actor(), List.of());
  }

  private LogEntry entry(long sequence) {
    byte[] value = storage.get(Family.CHANGES, Keys.number(sequence), at);
    return value == null ? null : new LogEntry(sequence, value);
  }

  private Commit commit(LogEntry entry) {
    return part(entry, new LogPlace(entry.sequence() - 1, 0), Integer.MAX_VALUE).commit();
  }

  private CommitPart part(LogEntry entry, LogPlace place, int most) {
    List<TaskChange> changes = new ArrayList<>();
    long sequence = entry.sequence();
    boolean isLast =
        entry.forSome(
            place,
            most,
            step,
            (kind, ordinal, n) -> {
              for (long o = ordinal; o < ordinal + n; o++) {
                if (o > ordinal) {
                  step.run(); // for the first it was run
                }
                boolean insert = kind == LogEntry.Kind.INSERT;
                boolean delete = kind == LogEntry.Kind.DELETE;
                changes.add(
                    new TaskChange(
                        o,
                        insert ? null : task(recordAfter(o, sequence - 1)),
                        delete ? null : task(recordAfter(o, sequence))));
              }
            });
    return new CommitPart(
        new Commit(sequence, entry.at(), entry.action(), entry.actor(), changes), isLast);
  }

  private Task task(byte[] record) {
    return record == null ? null : codec.decode(record);
  }

  /** A task as of a sequence, which the log must reach; null where there was none. */
  public Task asOf(long ordinal, long sequence) {
    return task(recordAsOf(ordinal, sequence));
  }

  /** A record as of a sequence, which the log must reach; null where there was none. */
  public byte[] recordAsOf(long ordinal, long sequence) {
    return ordinal < boundAt(sequence) ? recordAfter(ordinal, sequence) : null;
  }

  /** The ordinals that had been given out at a sequence are below this. */
  private record Bound(long sequence, long ordinal) {}

  /** Ordinals rise: a task is younger than the sequence if its ordinal was not yet given out. */
  private long boundAt(long sequence) {
    Bound known = bound;
    if (known != null && known.sequence == sequence) {
      return known.ordinal;
    }
    LogEntry here = entry(sequence);
    LogEntry next = here == null ? next(sequence) : null;
    long ordinal =
        here != null ? here.nextOrdinal() : next == null ? Long.MAX_VALUE : firstNew(next);
    if (at != null) {
      bound = new Bound(sequence, ordinal); // entries of large commits have megabytes
    }
    return ordinal;
  }

  private LogEntry next(long sequence) {
    try (StorageIterator it =
        storage.iterate(Family.CHANGES, Keys.number(sequence + 1), null, at)) {
      it.first();
      return it.isValid() ? new LogEntry(Keys.number(it.key()), it.value()) : null;
    }
  }

  /** The first ordinal that was given out by a commit or later. */
  private static long firstNew(LogEntry entry) {
    long[] first = {entry.nextOrdinal()};
    entry.forEach(
        (kind, o, n) -> {
          if (kind == LogEntry.Kind.INSERT) {
            first[0] = Math.min(first[0], o);
          }
        });
    return first[0];
  }

  /** The record of a task that was there at the sequence, right after it; null if removed. */
  private byte[] recordAfter(long ordinal, long sequence) {
    byte[] lower = HistoryKeys.before(ordinal, sequence + 1);
    byte[] upper = HistoryKeys.before(ordinal + 1, 0);
    byte[] prefix = null;
    long first = 0;
    long last = 0;
    KeptBodies.Body body = null;
    try (StorageIterator it = storage.iterate(Family.HISTORY, lower, upper, at)) {
      for (it.first(); it.isValid(); it.next()) {
        step.run();
        byte[] value = it.value();
        byte[] kept = Arrays.copyOfRange(value, 1, value.length);
        long found = HistoryKeys.sequence(it.key());
        if (value[0] == WHOLE && prefix == null) {
          return kept;
        }
        if (value[0] != WHOLE && value[0] != PREFIX) {
          throw damaged(ordinal, found);
        }
        if (prefix == null) {
          prefix = kept;
          first = found;
        }
        last = found;
        body = value[0] == WHOLE ? new KeptBodies.Body(found, found, kept) : kept(ordinal, found);
        if (body != null) {
          break; // what follows is not needed, and may be damaged
        }
      }
    }
    if (body == null) {
      byte[] present = storage.get(Family.RECORDS, Keys.number(ordinal), at);
      if (prefix == null || present == null) {
        return present;
      }
      body = new KeptBodies.Body(first, last, present); // later snapshots have further entries
    }
    byte[] record = codec.withBody(prefix, body.record()); // first: damaged ones are not kept
    if (bodies != null) {
      bodies.keep(ordinal, first, body);
    }
    return record;
  }

  private KeptBodies.Body kept(long ordinal, long sequence) {
    return bodies == null ? null : bodies.of(ordinal, sequence);
  }

  private static CorruptionException damaged(long ordinal, long sequence) {
    return new CorruptionException(
        "an entry of the history is damaged",
        Map.of("family", Family.HISTORY.familyName(), "ordinal", ordinal, "sequence", sequence));
  }

  /** The sequences {@code < before} that changed or removed a task, falling, at most some. */
  public List<Long> changesOf(long ordinal, long before, int most) {
    List<Long> sequences = new ArrayList<>();
    byte[] lower = HistoryKeys.before(ordinal, 0);
    byte[] upper = HistoryKeys.before(ordinal, before);
    try (StorageIterator it = storage.iterate(Family.HISTORY, lower, upper, at)) {
      for (it.last(); it.isValid() && sequences.size() < most; it.previous()) {
        step.run();
        sequences.add(HistoryKeys.sequence(it.key()));
      }
    }
    return sequences;
  }

  /** The queryable fields of a task before each change {@code > after}, in order. */
  public void forEachBefore(long ordinal, long after, Consumer<IndexedFields> action) {
    byte[] lower = HistoryKeys.before(ordinal, after + 1);
    byte[] upper = HistoryKeys.before(ordinal + 1, 0);
    try (StorageIterator it = storage.iterate(Family.HISTORY, lower, upper, at)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] value = it.value();
        action.accept(codec.indexed(ByteBuffer.wrap(value, 1, value.length - 1).slice()));
      }
    }
  }

  /** The ordinals that an id had before tasks of it were removed, rising. */
  public List<Long> pastOrdinals(String id) {
    if (!HistoryKeys.hasPast(id)) {
      return List.of(); // no task ever had it
    }
    List<Long> ordinals = new ArrayList<>();
    byte[] lower = HistoryKeys.past(id);
    byte[] upper = dev.quarry.internal.codec.OrderedKeys.successor(lower);
    try (StorageIterator it = storage.iterate(Family.PAST, lower, upper, at)) {
      for (it.first(); it.isValid(); it.next()) {
        ordinals.add(HistoryKeys.pastOrdinal(it.key()));
      }
    }
    return ordinals;
  }

  /** Whether a commit that the log has took a task out of the archive. */
  public boolean isFromArchive(long sequence, String id) {
    byte[] held = storage.get(Family.PAST, HistoryKeys.archived(sequence, Keys.id(id)), at);
    return held != null && held.length > 0;
  }

  /** The ordinals that commits {@code > after} touched, rising; holds what differs alone. */
  public long[] touched(long after) {
    OrdinalCollector ordinals = new OrdinalCollector();
    forEachTouched(after, ordinals::add);
    return ordinals.sorted();
  }

  /** The ordinals that commits {@code > after} touched, those of new tasks included. */
  public void forEachTouched(long after, java.util.function.LongConsumer action) {
    try (StorageIterator it =
        storage.iterate(Family.CHANGES, Keys.number(after + 1), null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        new LogEntry(Keys.number(it.key()), it.value())
            .forEach(
                (kind, ordinal, n) -> {
                  for (int k = 0; k < n; k++) {
                    step.run();
                    action.accept(ordinal + k);
                  }
                });
      }
    }
  }

  /**
   * The last sequence that was committed at or before a time. Walks back from the last commit:
   * times of commits do not rise with their sequences where the clock was set back, so they cannot
   * be halved.
   *
   * @throws SequenceNotRetainedException if no commit of the log is at or before it
   */
  public long sequenceAt(Instant time, long last) {
    long oldest = last + 1;
    Instant earliest = null;
    try (StorageIterator it = storage.iterate(Family.CHANGES, null, Keys.number(last + 1), at)) {
      for (it.last(); it.isValid(); it.previous()) {
        step.run();
        oldest = Keys.number(it.key());
        Instant committed = new LogEntry(oldest, it.value()).at();
        if (!committed.isAfter(time)) {
          return oldest;
        }
        earliest = earliest == null || committed.isBefore(earliest) ? committed : earliest;
      }
    }
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("time", time);
    if (earliest != null) {
      context.put("oldestRetained", oldest);
      context.put("oldestTime", earliest);
    }
    context.put("last", last);
    throw new SequenceNotRetainedException(
        "the change log has no commit at or before this time; ask for a later one, or keep more"
            + " of the log (changeLogCommits)",
        context);
  }

  /** Refuses a sequence behind which the log does not have every commit. */
  public void checkRetained(long sequence, long last) {
    long first = firstRetained(last);
    if (sequence < first - 1 || sequence > last) {
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("asked", sequence);
      context.put("oldestRetained", first - 1);
      context.put("last", last);
      throw new SequenceNotRetainedException(
          sequence > last
              ? "there is no commit of this sequence yet; ask for an earlier one"
              : "the change log does not reach back to this sequence; ask for a later one, or keep"
                  + " more of the log (changeLogCommits)",
          context);
    }
  }
}
