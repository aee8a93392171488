package dev.quarry.internal.claim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * When leases and back-offs end: a timer wheel with a tick of a millisecond. A timer is a hint that
 * the task's record should be looked at, never the truth: it may come too early, so that a renewal
 * need not move it, but not too late.
 *
 * <p>The wheel holds one timer for each distinct millisecond, not for each task: all its spokes are
 * as long as the longest, and thousands of leases may well end together.
 *
 * <p>Each timer knows the token of the claim that it is for, so that who ends one claim does not
 * take the timer of the next.
 *
 * <p>Used by one thread at a time, which holds the committer's lock; only {@link #next} is free,
 * one number that is written under that lock. So there are no interleavings within it to be
 * searched: those of the claims around it are {@code ClaimLinearizabilityTest}'s and {@code
 * StoppedClaimTest}'s.
 */
final class LeaseTimers {
  /** What {@link #next} is when nothing is awaited. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int TICKS = 4_096;

  private final DeadlineTimerWheel wheel;
  private final Long2ObjectHashMap<Bucket> byDeadline = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<Bucket> byTimer = new Long2ObjectHashMap<>();
  private final Map<String, Awaited> byId = new HashMap<>();
  private volatile long next = NEVER;

  private record Bucket(long deadline, long timer, Set<String> ids) {}

  private record Awaited(Bucket bucket, long token) {}

  /** Timers from {@code now} on, in milliseconds since 1970. */
  LeaseTimers(long now) {
    wheel = new DeadlineTimerWheel(TimeUnit.MILLISECONDS, now, 1, TICKS, 2);
  }

  /** The first moment at which something may be due, or earlier; {@link #NEVER} for none. */
  long next() {
    return next;
  }

  int size() {
    return byId.size();
  }

  /**
   * Looks at the task at {@code deadline} at the latest; a timer that comes earlier stays.
   *
   * @param token of the claim that awaits it, or of a later one that may
   * @return whether {@link #next} is earlier now
   */
  boolean schedule(String id, long deadline, long token) {
    Awaited present = byId.get(id);
    long latest = present == null ? token : Math.max(token, present.token());
    if (present != null && present.bucket().deadline() <= deadline) {
      byId.put(id, new Awaited(present.bucket(), latest));
      return false;
    }
    remove(id);
    Bucket bucket = byDeadline.get(deadline);
    if (bucket == null) {
      bucket = new Bucket(deadline, wheel.scheduleTimer(deadline), new LinkedHashSet<>());
      byDeadline.put(deadline, bucket);
      byTimer.put(bucket.timer(), bucket);
    }
    bucket.ids().add(id);
    byId.put(id, new Awaited(bucket, latest));
    boolean first = deadline < next;
    if (first) {
      next = deadline;
    }
    return first;
  }

  /**
   * The claim of a token awaits nothing any more; where a later one awaits something, that stays.
   */
  void cancel(String id, long token) {
    Awaited present = byId.get(id);
    if (present != null && present.token() <= token) {
      remove(id);
    }
  }

  private void remove(String id) {
    Awaited removed = byId.remove(id);
    if (removed == null) {
      return;
    }
    Bucket bucket = removed.bucket();
    bucket.ids().remove(id);
    if (bucket.ids().isEmpty()) {
      wheel.cancelTimer(bucket.timer());
      forget(bucket);
    }
    // next stays: one look too early costs less than to find the next at each cancellation
  }

  private void forget(Bucket bucket) {
    byDeadline.remove(bucket.deadline());
    byTimer.remove(bucket.timer());
  }

  /**
   * Takes out the tasks that are to be looked at, whole milliseconds until at least {@code most};
   * then {@link #settle}.
   */
  List<String> due(long now, int most) {
    List<String> due = new ArrayList<>();
    // one turn visits every spoke, and a visit finds all that is due there, however long ago
    boolean behind = true;
    for (int tick = 0; tick <= TICKS && behind && due.size() < most; tick++) {
      behind = wheel.currentTickTime() <= now; // the tick that now is in is to be visited too
      wheel.poll(now, (unit, at, timer) -> expire(timer, due), Integer.MAX_VALUE);
    }
    if (due.size() < most) {
      wheel.currentTickTime(now);
    }
    return due;
  }

  /** What was {@link #due} has been seen to: {@link #next} is what is left. */
  void settle() {
    long[] first = {NEVER};
    wheel.forEach((deadline, timer) -> first[0] = Math.min(first[0], deadline));
    next = first[0];
  }

  private boolean expire(long timer, List<String> due) {
    Bucket bucket = byTimer.get(timer);
    forget(bucket);
    due.addAll(bucket.ids());
    bucket.ids().forEach(byId::remove);
    return true;
  }
}
