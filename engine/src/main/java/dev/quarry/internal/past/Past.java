package dev.quarry.internal.past;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Snapshot;
import dev.quarry.Task;
import dev.quarry.TaskNotFoundException;
import dev.quarry.change.Change;
import dev.quarry.internal.change.Events;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.read.Deadline;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.TaskChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** The verbs about the past. Each call under a lease of the store's guard. Thread-safe. */
public final class Past {
  private final Storage storage;
  private final RecordCodec codec;
  private final Guard guard;
  private final OpenHandles handles;
  private final Duration timeout;

  /** The past of a store. */
  public Past(
      Storage storage, RecordCodec codec, Guard guard, OpenHandles handles, Duration timeout) {
    this.storage = storage;
    this.codec = codec;
    this.guard = guard;
    this.handles = handles;
    this.timeout = timeout;
  }

  /** The history for one verb, which has its time from now. */
  private History history(Reads.Pinned now) {
    return History.inTurn(storage, codec, now.snapshot(), Deadline.ofPast(timeout)::step);
  }

  /** The last sequence at or before a time; throws where the log does not reach it. */
  public long sequenceAt(Reads.Pinned now, Instant time) {
    Objects.requireNonNull(time, "time");
    return history(now).sequenceAt(time, now.sequence());
  }

  /** The store as of a sequence, found in and seen from a view of {@code reads}. */
  public Snapshot asOf(
      Reads reads, Supplier<Reads.Pinned> view, ToLongFunction<Reads.Pinned> sequenceIn) {
    Seen seen = handles.admit(OpenHandles.SNAPSHOT, () -> see(view.get(), sequenceIn));
    Handle handle = handles.open(OpenHandles.SNAPSHOT, seen.from()::close);
    PastSnapshot snapshot =
        new PastSnapshot(
            guard, handles, handle, codec, seen.state(), timeout, reads, seen.from(), null);
    handles.watch(snapshot, handle);
    return snapshot;
  }

  private record Seen(Reads.Pinned from, PastState state) {}

  private Seen see(Reads.Pinned now, ToLongFunction<Reads.Pinned> sequenceIn) {
    try {
      long sequence = sequenceIn.applyAsLong(now);
      return new Seen(now, state(now, sequence, Deadline.ofPast(timeout)));
    } catch (RuntimeException | Error e) {
      now.close();
      throw e;
    }
  }

  private PastState state(Reads.Pinned now, long sequence, Deadline deadline) {
    return new PastState(storage, codec, now.snapshot(), sequence, now.sequence(), deadline::step);
  }

  /** As {@link dev.quarry.TaskStore#changesAfter}. */
  public List<Change> changesAfter(Reads.Pinned now, long sequence, int limit) {
    checkLimit(limit);
    History history = history(now);
    history.checkRetained(sequence, now.sequence());
    List<Change> changes = new ArrayList<>();
    history.forEach(
        sequence,
        commit -> {
          for (TaskChange change : commit.changes()) {
            changes.add(Events.of(commit, change, Long.MAX_VALUE));
          }
          return changes.size() < limit;
        });
    return changes;
  }

  private static void checkLimit(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, but is " + limit);
    }
  }

  /** As {@link dev.quarry.TaskStore#history}. */
  public List<Change> history(Reads.Pinned now, String id, int limit) {
    Objects.requireNonNull(id, "id");
    checkLimit(limit);
    History history = history(now);
    List<Long> ordinals = new ArrayList<>(history.pastOrdinals(id));
    byte[] present = storage.get(Family.IDS, Keys.id(id), now.snapshot());
    if (present != null) {
      ordinals.add(Keys.number(present));
    }
    if (ordinals.isEmpty()) {
      throw new TaskNotFoundException(
          "there is no task with this id, nor was there one as far as the change log reaches",
          Map.of("id", id));
    }
    List<Change> changes = new ArrayList<>();
    for (int i = ordinals.size() - 1; i >= 0 && changes.size() < limit; i--) {
      ofOrdinal(history, ordinals.get(i), now.sequence(), limit, changes);
    }
    return changes;
  }

  /**
   * The newest change of an id but for the end of a lease, which nobody made; refused where the log
   * no longer has it.
   */
  public Change lastChange(Reads.Pinned now, String id) {
    List<Change> newest = history(now, id, 2); // what an end of a lease follows is none
    boolean expired = !newest.isEmpty() && newest.get(0).cause().equals(Action.EXPIRE.word());
    int last = expired ? 1 : 0;
    if (newest.size() <= last) {
      throw new SequenceNotRetainedException(
          "the change log does not have this task's last change any more; change it by a write, or"
              + " keep more of the log (changeLogCommits)",
          Map.of("id", id, "oldestRetained", history(now).firstRetained(now.sequence())));
    }
    return newest.get(last);
  }

  /** The changes of one life of an id, newest first. */
  private static void ofOrdinal(
      History history, long ordinal, long last, int limit, List<Change> into) {
    Task after = history.asOf(ordinal, last);
    int most = limit - into.size();
    List<Long> sequences = history.changesOf(ordinal, last + 1, most);
    for (long sequence : sequences) {
      Commit commit = history.facts(sequence);
      Task before = history.asOf(ordinal, sequence - 1);
      if (commit == null || before == null) {
        return; // no longer retained
      }
      into.add(Events.of(commit, new TaskChange(ordinal, before, after), Long.MAX_VALUE));
      after = before;
    }
    // what wrote the oldest state and was no change of it made it
    Commit first = into.size() < limit && after != null ? history.facts(after.version()) : null;
    if (first != null) {
      into.add(Events.of(first, new TaskChange(ordinal, null, after), Long.MAX_VALUE));
    }
  }

  /** As {@link dev.quarry.TaskStore#diff}. */
  public void diff(Reads.Pinned now, long from, long to, Consumer<? super Change> action) {
    Deadline deadline = Deadline.ofPast(timeout);
    PastState older = state(now, Math.min(from, to), deadline);
    PastState newer = state(now, Math.max(from, to), deadline);
    PastState before = from <= to ? older : newer;
    PastState after = from <= to ? newer : older;
    Commit facts = history(now).facts(Math.max(from, to));
    Instant at = facts == null ? Instant.EPOCH : facts.at();
    for (long ordinal : older.touched()) {
      deadline.step();
      Task a = decode(before.record(ordinal));
      Task b = decode(after.record(ordinal));
      if (a == null && b != null) {
        a = decode(before.record(b.id())); // another life of the id
      } else if (a != null && b == null && after.record(a.id()) != null) {
        continue; // told at that one's ordinal
      }
      if (!Objects.equals(a, b)) {
        Task there = b == null ? a : b;
        action.accept(new Change(to, at, Events.kind(a, b), "diff", null, there.id(), a, b));
        deadline.restart(); // what the action took is not the verb's
      }
    }
  }

  private Task decode(byte[] record) {
    return record == null ? null : codec.decode(record);
  }
}
