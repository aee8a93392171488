package dev.quarry.internal.write;

import dev.quarry.LimitExceededException;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One commit that is decided, and to be written alone or with others.
 *
 * @param sequence its number
 * @param at when it was made, in microseconds
 * @param action what for
 * @param actor by whom, as far as the change log keeps it, or null
 * @param mutations the tasks that it changes
 * @param waits the tasks that wait for more or less because of it
 * @param sides what it writes beside records and indexes
 */
record StagedCommit(
    long sequence,
    Instant at,
    Action action,
    String actor,
    List<Mutation> mutations,
    List<WaitChange> waits,
    SideWrites sides) {
  /**
   * What one commit may write. The longest form of a text has three bytes for a character, so that
   * with its keys a commit stays below the 2 GiB that an array holds.
   */
  static final long MAX_BYTES = 512L << 20;

  /** With the actor as the change log keeps it: those who follow live must see the same. */
  StagedCommit {
    actor = LogEntry.kept(actor);
  }

  /** About how much it writes: a byte for each character of the tasks as they were and are. */
  long bytes() {
    long bytes = 0;
    for (Mutation m : mutations) {
      bytes += sizeOf(m.stored()) + sizeOf(m.after());
    }
    return bytes + sides.bytes();
  }

  /** The same; one that is too large is refused before others decide over it. */
  long checkedBytes(long most) {
    long bytes = bytes();
    if (bytes > most) {
      throw new LimitExceededException(
          "a commit is too large; commit it in smaller parts",
          Map.of("bytes", bytes, "limit", most, "tasks", mutations.size()));
    }
    return bytes;
  }

  private static long sizeOf(Task task) {
    return task == null ? 0 : ChunkRoom.FIELDS_BYTES + TaskTexts.chars(task);
  }

  /** The head of the store once it is made over {@code before}. */
  StoreHead headBehind(StoreHead before) {
    long nextOrdinal = before.nextOrdinal();
    long tasks = before.tasks();
    for (Mutation mutation : mutations) {
      if (mutation.isInsert()) {
        nextOrdinal = Math.max(nextOrdinal, mutation.ordinal() + 1);
        tasks++;
      } else if (mutation.after() == null) {
        tasks--;
      }
    }
    return new StoreHead(sequence, nextOrdinal, tasks);
  }

  /** The tasks that it touches. */
  long[] ordinals() {
    long[] ordinals = new long[mutations.size() + waits.size()];
    int i = 0;
    for (Mutation mutation : mutations) {
      ordinals[i++] = mutation.ordinal();
    }
    for (WaitChange wait : waits) {
      ordinals[i++] = wait.ordinal();
    }
    return ordinals;
  }

  /** The tasks that it touches and that are ready behind it. */
  List<IndexedFields> ready() {
    List<IndexedFields> ready = new ArrayList<>();
    for (Mutation mutation : mutations) {
      if (mutation.readyAfter()) {
        ready.add(mutation.fields().withWaits(0));
      }
    }
    for (WaitChange wait : waits) {
      if (wait.crosses() && wait.ready()) {
        ready.add(wait.fields().withWaits(0));
      }
    }
    return ready;
  }

  Commit published() {
    List<TaskChange> changes = new ArrayList<>(mutations.size());
    for (Mutation m : mutations) {
      changes.add(new TaskChange(m.ordinal(), m.stored(), m.after()));
    }
    return new Commit(sequence, at, action, actor, changes);
  }
}
