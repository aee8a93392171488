package dev.quarry.work;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.query.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Claims on tasks: exactly one owner at a time, each for a limited time, the lease. Thread-safe;
 * every verb but {@link #claimOf} and {@link #list} is one atomic write, kept as durably as every
 * other, so claims survive restarts. No two claims of a task ever have the same token.
 *
 * <p>A task is <b>claimed</b> when it is ready: {@link Status#TODO}, nothing to wait for, no
 * back-off. That sets {@link Status#IN_PROGRESS}; the assignee stays. Only the owner can then
 * {@link #renew}, {@link #update}, {@link #complete}, {@link #fail} or {@link #release}: each
 * checks token and owner in the same step and throws {@link dev.quarry.StaleClaimException},
 * changing nothing, once the claim is <b>stale</b>. It is stale from the end of its lease on, by
 * the store's clock, whether or not another has the task by then; so renew in time. It is also
 * stale once anybody else has ended it: a plain write that moves the task away from {@code
 * IN_PROGRESS} or deletes it ends the claim. Other plain writes to a claimed task are let through
 * and do not end it.
 *
 * <p>When a lease <b>runs out</b>, the task goes back to {@code TODO} and may be claimed again. A
 * thread of the store sleeps until the next such moment; {@link #next} and {@link #tryClaim} do not
 * rely on it, so one millisecond after a lease the task can be had. Leases go by the store's clock
 * ({@link dev.quarry.TaskStoreOptions#clock}), being valid over restarts. If that clock is set
 * back, leases last longer; if it is set forward, they end early: in both cases there is one owner.
 *
 * <p>Leases last from 1 millisecond to 3,650 days, in whole microseconds. Owners are any text that
 * is not blank, of at most 1,024 characters. The limits of writes hold ({@link dev.quarry.Limits}):
 * writes a second, bytes on disk (but for {@link #release}), calls of a named caller; a claim that
 * other writes do not let begin within {@code acquireTimeout} ends with {@link
 * dev.quarry.LimitExceededException}, nothing being claimed. On a store that was opened read-only
 * the writing verbs throw {@link dev.quarry.StorageException}.
 */
public interface Claims {
  /**
   * Claims the task if it is ready, or if its claim has run out and it is ready otherwise.
   *
   * @return the claim, or empty where the task is not to be had now
   * @throws dev.quarry.TaskNotFoundException if the task is absent
   */
  Optional<Claim> tryClaim(String id, String owner, Duration lease);

  /**
   * Claims the ready task of highest priority, among those the one created first, that satisfies
   * {@code filter}; found and claimed in one atomic step. Costs a walk along the ready tasks, in
   * that order, to the first that satisfies the filter; where none does, it holds up no writer.
   *
   * @return the claim, or empty where nothing is ready
   */
  Optional<Claim> next(Condition filter, String owner, Duration lease);

  /**
   * Claims up to {@code most} ready tasks, those that {@link #next(Condition, String, Duration)}
   * would claim one after the other, in one atomic step: all of them are claimed or, if it throws,
   * none. Each has a token of its own.
   *
   * @param most 1 to 10,000
   * @return the claims in that order; fewer than {@code most} where no more is ready, or where one
   *     commit does not hold more tasks of their size
   */
  List<Claim> next(Condition filter, String owner, Duration lease, int most);

  /** {@link #next(Condition, String, Duration)} of all ready tasks. */
  default Optional<Claim> next(String owner, Duration lease) {
    return next(new Condition.And(List.of()), owner, lease);
  }

  /**
   * Waits until a task is ready that satisfies {@code filter}. Returns at once where there is one.
   * Nothing polls: the commit that makes such a task ready, the end of a lease or a rest among
   * them, wakes those who wait. Another may claim it before this caller does, so ask {@link #next}
   * then and wait again where it has nothing, as {@link #awaitNext} does.
   *
   * @return false where {@code timeout} has passed first; zero or less only looks
   * @throws InterruptedException if this thread is interrupted while it waits
   * @throws dev.quarry.StoreClosedException if the store is closed meanwhile: a wait does not hold
   *     that back
   * @throws dev.quarry.StoreFailedException if the store has failed, or fails meanwhile
   */
  boolean awaitReady(Condition filter, Duration timeout) throws InterruptedException;

  /**
   * {@link #next(Condition, String, Duration)}, waiting for a task as {@link #awaitReady} does
   * where nothing is ready.
   *
   * @return the claim, or empty where {@code timeout} has passed first
   * @throws InterruptedException if this thread is interrupted while it waits; nothing is claimed
   */
  Optional<Claim> awaitNext(Condition filter, String owner, Duration lease, Duration timeout)
      throws InterruptedException;

  /**
   * Lets the lease end {@code lease} from now, be that later or earlier than before.
   *
   * @return the claim with its new end and the task as it stands; the token stays
   * @throws dev.quarry.StaleClaimException if the claim is stale
   */
  Claim renew(Claim claim, Duration lease);

  /**
   * Changes the claimed task, as {@link dev.quarry.TaskStore#update} does. A change that moves the
   * status ends the claim.
   *
   * @throws dev.quarry.StaleClaimException if the claim is stale
   */
  Task update(Claim claim, UnaryOperator<Task> change);

  /**
   * Sets the task to {@link Status#DONE}, takes the attribute {@code failure} of an earlier attempt
   * away, and ends the claim.
   *
   * @throws dev.quarry.StaleClaimException if the claim is stale
   */
  default Task complete(Claim claim) {
    return complete(claim, UnaryOperator.identity());
  }

  /**
   * Changes the task, sets it to {@link Status#DONE} whatever the change says, and ends the claim.
   * The attribute {@code failure} of an earlier attempt goes, unless the change sets another one.
   *
   * @throws dev.quarry.StaleClaimException if the claim is stale
   */
  Task complete(Claim claim, UnaryOperator<Task> change);

  /**
   * Ends the claim as failed. The task goes back to {@link Status#TODO} and rests as the policy
   * says before it is ready again; after the policy's last attempt it is {@link Status#FAILED}.
   *
   * @param reason kept as the task's attribute {@code failure}; null for none, which takes that of
   *     an earlier attempt away
   * @throws IllegalArgumentException if the reason is no value of an attribute, or the task has as
   *     many attributes as there may be; it can still fail without a reason
   * @throws dev.quarry.StaleClaimException if the claim is stale
   */
  Task fail(Claim claim, String reason, RetryPolicy policy);

  /**
   * Gives the task back to {@link Status#TODO} and ends the claim; it does not count as an attempt.
   *
   * @throws dev.quarry.StaleClaimException if the claim is stale, or another's
   */
  Task release(Claim claim);

  /**
   * Ends now what the store's thread is about to end: leases that have run out, and back-offs.
   *
   * @return how many leases were ended
   */
  int reapExpired();

  /** The claim on a task, if it has one whose lease has not run out. A few point reads. */
  Optional<Claim> claimOf(String id);

  /**
   * A page of the claims whose lease has not run out, by id in UTF-8, all as of one moment. Costs a
   * walk along the claims and back-offs and three point reads for each.
   *
   * @throws dev.quarry.InvalidContinuationException if the continuation is not from here
   */
  Page<Claim> list(PageRequest request);

  /** The first page of {@link #list(PageRequest)}, of at most {@code size} claims. */
  default List<Claim> list(int size) {
    return list(new PageRequest(size, (Continuation) null)).items();
  }
}
