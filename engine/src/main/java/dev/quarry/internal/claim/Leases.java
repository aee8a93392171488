package dev.quarry.internal.claim;

import dev.quarry.CorruptionException;
import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.ChunkRoom;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.Patience;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.TaskRules;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ends of leases and back-offs: awaits them and commits what follows. {@link #await} and {@link
 * #end} are for a commit in the making; the rest is thread-safe. What a commit has ended is awaited
 * until that commit is written, for else it still has to end.
 */
final class Leases implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /** Tasks whose lease or rest one commit ends, about; fewer where they are large. */
  private static final int CHUNK = 256;

  /** How soon it is tried again to end what damage elsewhere keeps from ending. */
  private static final long REST_MILLIS = 60_000;

  private final Committer committer;
  private final TaskRules rules;
  private final Durability durability;
  private final InstantSource clock;
  private final LeaseTimers timers;
  private final LeaseThread thread;
  private final LargeTasks large;
  private final Semaphore reaping = new Semaphore(1);

  /** What is due although no timer says so: it could not be ended. Set by the one who reaps. */
  private volatile List<String> again = List.of();

  /** What could not be ended when it was tried last, each warned of once. Of the one who reaps. */
  private final Set<String> damaged = new HashSet<>();

  /** Awaits what the storage says is awaited. */
  Leases(
      Committer committer,
      Storage storage,
      TaskRules rules,
      Durability durability,
      InstantSource clock,
      Guard guard,
      LargeTasks large) {
    this.large = large;
    this.committer = committer;
    this.rules = rules;
    this.durability = durability;
    this.clock = clock;
    this.timers = new LeaseTimers(clock.millis());
    ClaimTable.forEachReadable(
        storage,
        (id, record) -> timers.schedule(id, millis(record.until()), record.token()),
        e -> LOG.warn("a claim is damaged; its lease does not end by itself", e));
    this.thread = new LeaseThread(this, guard);
    committer.listeners().claims(this::written);
  }

  private void written(byte[] key, byte[] value) {
    if (ClaimTable.isMark(key)) {
      return;
    }
    String id = new String(key, StandardCharsets.UTF_8);
    ClaimRecord record = ClaimRecord.decode(id, value);
    if (!record.isActive()) {
      timers.cancel(id, record.token());
    }
  }

  /** Of how many tasks a lease or a rest is awaited. */
  int awaited() {
    return again.size() + committer.alone(timers::size);
  }

  /** Begins to end leases by itself. */
  void start() {
    if (next() != LeaseTimers.NEVER) {
      thread.wake();
    }
  }

  /** Now, in microseconds since 1970. */
  long now() {
    return IndexedFields.micros(clock.instant());
  }

  long nowMillis() {
    return clock.millis();
  }

  @Override
  public void close() {
    thread.close();
  }

  /** The first whole millisecond that is not before {@code micros}. */
  private static long millis(long micros) {
    return -Math.floorDiv(-micros, 1_000L);
  }

  /** As in {@link LeaseTimers#next}. */
  long next() {
    return again.isEmpty() ? timers.next() : Long.MIN_VALUE;
  }

  /** Before the commit: a timer too many does no harm, one too few would. */
  void await(String id, ClaimRecord record) {
    if (timers.schedule(id, millis(record.until()), record.token())) {
      thread.wake();
    }
  }

  /**
   * Ends what is due; returns how many leases. What others are about to end is waited for.
   *
   * @param patience for those and for other writes
   */
  int reap(Patience patience) {
    committer.checkNotNested(); // before it waits for another one that reaps
    int ended = 0;
    while (next() <= clock.millis()) {
      patience.acquire(reaping);
      try {
        if (next() <= clock.millis()) {
          ended += reapSome(patience);
          // not before that is written: until then nobody may believe that nothing is due
          committer.exclusively(patience, staging -> settle());
        }
      } finally {
        reaping.release();
      }
    }
    return ended;
  }

  private Void settle() {
    timers.settle();
    return null;
  }

  private int reapSome(Patience patience) {
    List<String> due = new ArrayList<>(again);
    try {
      if (due.isEmpty()) {
        // kept from inside: what is taken out of the timers is lost where the wait behind it fails
        committer.exclusively(patience, staging -> due.addAll(timers.due(clock.millis(), CHUNK)));
      }
      int ended = reap(due, patience);
      again = List.of();
      return ended;
    } catch (RuntimeException | Error e) {
      // nothing was ended, be it refused or not written, so all of it is still awaited; to set
      // timers it would have to wait for other writes, however long they take
      again = due;
      throw e;
    }
  }

  /** Ends those that can be ended: what one needs and cannot be read must not keep the others. */
  private int reap(List<String> due, Patience patience) {
    try {
      int ended = committer.exclusively(patience, staging -> reap(staging, due, now()));
      due.forEach(damaged::remove);
      return ended;
    } catch (CorruptionException e) {
      if (committer.isFailed()) {
        throw e;
      }
      if (due.size() == 1) {
        putOff(due.get(0), e, patience);
        return 0;
      }
    }
    int half = due.size() / 2;
    return reap(due.subList(0, half), patience) + reap(due.subList(half, due.size()), patience);
  }

  private void putOff(String id, CorruptionException cause, Patience patience) {
    long at = clock.millis() + REST_MILLIS;
    committer.exclusively(patience, staging -> timers.schedule(id, at, Long.MAX_VALUE));
    if (damaged.add(id)) {
      LOG.warn("a lease or rest cannot be ended; it is tried again each minute", cause);
    }
  }

  private int reap(Staging staging, List<String> due, long now) {
    Map<String, ClaimRecord> later = new HashMap<>();
    List<String> left = List.of();
    ChunkRoom room = committer.newRoom();
    int rests = 0;
    int ended = 0;
    for (int i = 0; i < due.size(); i++) {
      String id = due.get(i);
      ClaimRecord record = ClaimTable.read(staging, id);
      if (!record.isActive() || isPassedOver(staging, id, record, now)) {
        continue;
      }
      if (now < record.until()) {
        later.put(id, record);
      } else if (!takes(room, staging.get(id))) {
        left = due.subList(i, due.size());
        break;
      } else {
        end(staging, id, record);
        ended += record.isClaimed() ? 1 : 0;
        rests += record.isClaimed() ? 0 : 1;
      }
    }
    if (ended > 0 || rests > 0) {
      staging.describe(ended > 0 ? Action.EXPIRE : Action.RETRY, null);
      staging.commit(durability);
    }
    left.forEach(this::lookAgain);
    later.forEach((id, r) -> timers.schedule(id, millis(r.until()), r.token()));
    return ended;
  }

  private static boolean takes(ChunkRoom room, Task task) {
    return task == null || room.takes(task);
  }

  /** Its lease is over, and no commit can end it until the task is made smaller. */
  private boolean isPassedOver(Staging staging, String id, ClaimRecord record, long now) {
    return now >= record.until()
        && record.isClaimed()
        && isGivenBack(staging, id)
        && !large.fits(staging, id);
  }

  private static boolean isGivenBack(Staging staging, String id) {
    Task task = staging.get(id);
    return task != null && task.status() == Status.IN_PROGRESS;
  }

  /** Now, whichever claim ends meanwhile: that only finds nothing to do. */
  void lookAgain(String id) {
    if (timers.schedule(id, clock.millis(), Long.MAX_VALUE)) {
      thread.wake();
    }
  }

  /** Stages the end of a lease that has run out, or of a rest: the task can be had again. */
  void end(Staging staging, String id, ClaimRecord record) {
    ClaimTable.write(staging, id, record, record.ended(record.attempt()));
    if (record.resting()) {
      staging.hold(id, false);
      return;
    }
    if (isGivenBack(staging, id)) {
      Task task = staging.get(id);
      staging.put(rules.changed(task, task.withStatus(Status.TODO)));
    }
  }
}
