package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.Durability;
import dev.quarry.StorageException;
import dev.quarry.StoreClosedException;
import dev.quarry.StoreFailedException;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.storage.Family;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * An update of a query's tasks in chunks. It goes by ordinal, which never changes and is never
 * given out twice, up to the last one of its beginning; how far it is stands in the batch of each
 * chunk. So a task is treated once, whatever is killed in between, and whether or not the change
 * lets it satisfy the query still.
 */
public final class ChunkedUpdate implements ChunkedWork {
  private static final byte FORMAT = 1;
  private static final int STATE_BYTES = 1 + 1 + 6 * Long.BYTES;

  private final Committer committer;
  private final Reads reads;
  private final TaskRules rules;
  private final Durability durability;
  private final Condition condition;
  private final Predicate<IndexedFields> holds;
  private final UnaryOperator<Task> change;
  private final int chunk;
  private final byte[] key;
  private final long fingerprint;
  private State state;

  private record State(
      boolean ended, long bound, long position, long treated, long changed, long failed) {}

  /** The update of this name, from its beginning or from where it was left. */
  public ChunkedUpdate(
      Committer committer,
      Reads reads,
      TaskRules rules,
      Durability durability,
      String name,
      Query query,
      int chunk,
      UnaryOperator<Task> change) {
    if (!query.order().isEmpty() || query.limit().isPresent()) {
      throw new IllegalArgumentException(
          "an update goes by no order and has no limit; take them away from " + query);
    }
    if (chunk < 1 || chunk > dev.quarry.PageRequest.MAX_SIZE) {
      throw new IllegalArgumentException(
          "a chunk must be 1 to " + dev.quarry.PageRequest.MAX_SIZE + " tasks, but is " + chunk);
    }
    this.committer = committer;
    this.reads = reads;
    this.rules = rules;
    this.durability = durability;
    this.condition = query.condition();
    this.holds = Predicates.compile(condition);
    this.chunk = chunk;
    this.change = change;
    this.key = ("job:" + name).getBytes(StandardCharsets.UTF_8);
    this.fingerprint = fingerprint(query.toString());
    byte[] stored = committer.storage().get(Family.META, key);
    state =
        stored == null
            ? new State(false, committer.head().nextOrdinal() - 1, -1, 0, 0, 0)
            : decode(stored, name, query);
  }

  /** Tells what was done before this run. */
  public void resume(Tally tally) {
    tally.made(state.treated, state.changed);
    tally.failed(state.failed);
  }

  @Override
  public boolean next(Tally tally) {
    if (state.ended) {
      return false;
    }
    long[] ordinals =
        reads.read(
            tally::checkCancelled, (Queries q) -> q.ordinals(condition, state.position, chunk));
    int n = 0;
    while (n < ordinals.length && ordinals[n] <= state.bound) {
      n++;
    }
    if (n == 0) {
      save(with(true, state.position, 0, 0, 0));
      return false;
    }
    long last = ordinals[n - 1];
    try {
      State next = make(ordinals, n, tally);
      tally.made(next.treated - state.treated, next.changed - state.changed);
      state = next;
    } catch (StorageException
        | StoreFailedException
        | StoreClosedException
        | CorruptionException e) {
      throw e;
    } catch (Exception e) { // also a checked one that the change throws by stealth
      if (e instanceof CancellationException) {
        tally.checkCancelled(); // else it is the change's own, as any other
      }
      save(with(false, last, n, 0, n));
      tally.made(n, 0);
      tally.failed(n);
      tally.problem("ordinals " + ordinals[0] + " to " + last + " stay as they were: " + e);
    }
    return true;
  }

  private State make(long[] ordinals, int n, Tally tally) {
    return committer.exclusively(
        staging -> {
          int changed = 0;
          int treated = 0;
          ChunkRoom room = committer.newRoom();
          for (; treated < n; treated++) {
            tally.checkCancelled();
            Task before = staging.get(ordinals[treated]);
            if (before == null || !holds.test(staging.fields(ordinals[treated], before))) {
              continue;
            }
            if (!room.takes(before)) {
              break; // the next chunk begins with it
            }
            Task after = rules.changed(before, change.apply(before));
            if (!after.equals(before)) {
              staging.put(after);
              changed++;
            }
          }
          State next = with(false, ordinals[treated - 1], treated, changed, 0);
          staging.attach(Family.META, key, encode(next));
          staging.commit(durability);
          return next;
        });
  }

  private State with(boolean ended, long position, long treated, long changed, long failed) {
    return new State(
        ended,
        state.bound,
        position,
        state.treated + treated,
        state.changed + changed,
        state.failed + failed);
  }

  private void save(State next) {
    committer.exclusively(
        staging -> {
          staging.attach(Family.META, key, encode(next));
          return staging.commit(durability);
        });
    state = next;
  }

  private byte[] encode(State s) {
    return ByteBuffer.allocate(STATE_BYTES)
        .put(FORMAT)
        .put((byte) (s.ended ? 1 : 0))
        .putLong(fingerprint)
        .putLong(s.bound)
        .putLong(s.position)
        .putLong(s.treated)
        .putLong(s.changed)
        .putLong(s.failed)
        .array();
  }

  private State decode(byte[] stored, String name, Query query) {
    if (stored.length != STATE_BYTES || stored[0] != FORMAT) {
      throw new CorruptionException(
          "the state of a job is damaged; give the work another name, under which it begins anew",
          Map.of("family", Family.META.familyName(), "key", "job:" + name));
    }
    ByteBuffer in = ByteBuffer.wrap(stored, 1, stored.length - 1);
    boolean ended = in.get() == 1;
    if (in.getLong() != fingerprint) {
      throw new IllegalArgumentException(
          "a job named "
              + name
              + " was begun with another query than "
              + query
              + "; give this one another name");
    }
    return new State(ended, in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  /** FNV-1a, 64 bits: equal queries have equal text. */
  private static long fingerprint(String text) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      h = (h ^ text.charAt(i)) * 0x100000001b3L;
    }
    return h;
  }
}
