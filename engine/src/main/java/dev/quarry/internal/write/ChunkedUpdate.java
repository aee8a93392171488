package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.Durability;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.Unicode;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.storage.Family;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * An update of a query's tasks in chunks. It goes by ordinal, which never changes and is never
 * given out twice, up to the last one of its beginning; how far it is stands in the batch of each
 * chunk. So a task is treated once, whatever is killed in between, and whether or not the change
 * lets it satisfy the query still. A task that cannot be changed stays as it was, and its chunk is
 * made without it.
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
  private final ChunkSize size;
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
    Unicode.check("a job's name", name);
    this.committer = committer;
    this.reads = reads;
    this.rules = rules;
    this.durability = durability;
    this.condition = query.condition();
    this.holds = Predicates.compile(condition);
    this.size = new ChunkSize(chunk);
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
            tally::checkCancelled,
            (Queries q) -> q.ordinals(condition, state.position, size.now()));
    int n = 0;
    while (n < ordinals.length && ordinals[n] <= state.bound) {
      n++;
    }
    if (n == 0) {
      save(with(true, state.position, 0, 0, 0));
      return false;
    }
    Attempt attempt = new Attempt();
    try {
      told(make(ordinals, n, attempt, tally), tally);
      attempt.refused.forEach(tally::problem);
      size.grow();
    } catch (Exception e) { // also a checked one, from a listener by stealth
      ChunkSize.checkGoesOn(e, tally);
      if (!size.shrink(attempt.treated)) {
        leave(ordinals[0], e, tally);
      }
    }
    return true;
  }

  /** How far a chunk came whose commit is refused, or is made. */
  private static final class Attempt {
    private int treated;
    private final List<String> refused = new ArrayList<>();
  }

  private State make(long[] ordinals, int n, Attempt attempt, Tally tally) {
    return committer.exclusively(
        staging -> {
          int changed = 0;
          ChunkRoom room = committer.newRoom();
          while (attempt.treated < n) {
            tally.checkCancelled();
            long ordinal = ordinals[attempt.treated];
            Task before = staging.get(ordinal);
            boolean wanted = before != null && holds.test(staging.fields(ordinal, before));
            if (wanted && !room.takes(before)) {
              break; // the next chunk begins with it
            }
            attempt.treated++;
            Task after = wanted ? changed(before, attempt, tally) : before;
            if (wanted && !after.equals(before)) {
              staging.put(after);
              changed++;
            }
          }
          State next =
              with(
                  false,
                  ordinals[attempt.treated - 1],
                  attempt.treated,
                  changed,
                  attempt.refused.size());
          staging.attach(Family.META, key, encode(next));
          staging.commit(durability);
          return next;
        });
  }

  /** The task as changed, or as it was where its change throws. */
  private Task changed(Task before, Attempt attempt, Tally tally) {
    try {
      return rules.changed(before, change.apply(before));
    } catch (Exception e) { // also a checked one that the change throws by stealth
      ChunkSize.checkGoesOn(e, tally);
      attempt.refused.add(stays(before.id(), e));
      return before;
    }
  }

  /** Goes on behind a task without which its chunk can be made. */
  private void leave(long ordinal, Exception cause, Tally tally) {
    State next = with(false, ordinal, 1, 0, 1);
    String who =
        committer.exclusively(
            staging -> {
              Task task = staging.get(ordinal);
              staging.attach(Family.META, key, encode(next));
              staging.commit(durability);
              return task == null ? "of ordinal " + ordinal : task.id();
            });
    told(next, tally);
    tally.problem(stays(who, cause));
  }

  private static String stays(String id, Exception cause) {
    return "task " + id + " stays as it was: " + cause;
  }

  private void told(State next, Tally tally) {
    tally.made(next.treated - state.treated, next.changed - state.changed);
    tally.failed(next.failed - state.failed);
    state = next;
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
