package dev.quarry.internal.claim;

import dev.quarry.Durability;
import dev.quarry.StaleClaimException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskNotFoundException;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.Patience;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.StagingHook;
import dev.quarry.internal.write.TaskRules;
import dev.quarry.query.Condition;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * The writing verbs of {@link dev.quarry.work.Claims}. Thread-safe: each runs inside the committer,
 * alone, where the record of the task's claims is read, checked and written in the same commit as
 * the task. That, and not the timers, is why a claim has one owner.
 */
public final class ClaimVerbs implements AutoCloseable {
  private static final int MOST = 10_000;
  private static final String FAILURE = "failure";
  private static final Duration LONGEST = Duration.ofDays(3_650);

  private final Committer committer;
  private final TaskRules rules;
  private final Durability durability;
  private final ReadyWalk ready;
  private final RandomGenerator random;
  private final LargeTasks large;
  private final Leases leases;
  private final Duration patience;

  /**
   * Verbs over a committer, which they hook into.
   *
   * @param random used inside commits only
   * @param patience how long a claim waits for other writes
   */
  public ClaimVerbs(
      Committer committer,
      Storage storage,
      TaskRules rules,
      Durability durability,
      InstantSource clock,
      Guard guard,
      ReadyWalk ready,
      RandomGenerator random,
      Duration patience) {
    this.patience = patience;
    this.committer = committer;
    this.rules = rules;
    this.durability = durability;
    this.ready = ready;
    this.random = random;
    this.large = new LargeTasks(committer);
    this.leases = new Leases(committer, storage, rules, durability, clock, guard, large);
  }

  /** Begins to end leases by itself. */
  public void start() {
    leases.start();
  }

  /** Ends the thread that ends leases; after the guard has refused new users. */
  @Override
  public void close() {
    leases.close();
  }

  /** As {@link dev.quarry.work.Claims#tryClaim}. */
  public Optional<Claim> tryClaim(String id, String owner, Duration lease) {
    Objects.requireNonNull(id, "id");
    long micros = checked(owner, lease);
    return committer.exclusively(
        Patience.of(patience),
        staging -> {
          if (staging.get(id) == null) {
            throw new TaskNotFoundException(
                "there is no task with this id to claim", Map.of("id", id));
          }
          ClaimRecord record = ClaimTable.read(staging, id);
          long now = leases.now();
          boolean due = record.isActive() && now >= record.until();
          if (due) {
            leases.end(staging, id, record);
            staging.describe(record.isClaimed() ? Action.EXPIRE : Action.RETRY, null);
            staging.commit(durability);
          }
          return staging.ready(id)
              ? Optional.of(claim(staging, id, owner, now + micros))
              : Optional.empty();
        });
  }

  /** As {@link dev.quarry.work.Claims#next(Condition, String, Duration)}. */
  public Optional<Claim> next(Condition filter, String owner, Duration lease) {
    return next(filter, owner, lease, 1).stream().findFirst();
  }

  /** As {@link dev.quarry.work.Claims#next(Condition, String, Duration, int)}. */
  public List<Claim> next(Condition filter, String owner, Duration lease, int most) {
    Objects.requireNonNull(filter, "filter");
    if (most < 1 || most > MOST) {
      throw new IllegalArgumentException("most must be 1 to " + MOST + ", but is " + most);
    }
    long micros = checked(owner, lease);
    Patience waits = Patience.of(patience);
    leases.reap(waits);
    Optional<List<Claim>> claims =
        committer.exclusively(
            waits,
            staging ->
                Optional.ofNullable(ready.atHead(staging, large, committer::newRoom, filter, most))
                    .map(ids -> claimAll(staging, ids, owner, leases.now() + micros)));
    if (claims.isPresent()) {
      return claims.get();
    }
    if (!ready.isAny(filter)) {
      return List.of(); // as for who polls in vain; no writer has waited for the search
    }
    claims =
        committer.exclusively(
            waits,
            staging ->
                Optional.ofNullable(ready.byQuery(staging, large, committer::newRoom, filter, most))
                    .map(ids -> claimAll(staging, ids, owner, leases.now() + micros)));
    return claims.isPresent() ? claims.get() : nextOfAll(filter, owner, micros, most, waits);
  }

  /**
   * Goes through all ready tasks, those that are damaged left out. One that becomes ready meanwhile
   * and would come first may be missed.
   */
  private List<Claim> nextOfAll(
      Condition filter, String owner, long micros, int most, Patience waits) {
    byte[] from = null;
    while (true) {
      ReadyWalk.Part part = ready.among(filter, from, most);
      List<Claim> claims =
          committer.exclusively(
              waits,
              staging ->
                  claimAll(
                      staging,
                      ready.of(part, staging, large, committer::newRoom, filter, most),
                      owner,
                      leases.now() + micros));
      if (!claims.isEmpty() || part.next() == null) {
        return claims;
      }
      from = part.next();
    }
  }

  /** Whether there is a ready task that satisfies the filter and can be read. */
  public boolean isAny(Condition filter) {
    return ready.isAny(filter);
  }

  private Claim claim(Staging staging, String id, String owner, long until) {
    return claimAll(staging, List.of(id), owner, until).get(0);
  }

  private List<Claim> claimAll(Staging staging, List<String> ids, String owner, long until) {
    if (ids.isEmpty()) {
      return List.of();
    }
    List<Task> tasks = new ArrayList<>(ids.size());
    List<ClaimRecord> records = new ArrayList<>(ids.size());
    for (String id : ids) {
      Task before = staging.get(id);
      ClaimRecord record = ClaimTable.read(staging, id);
      ClaimRecord claimed = record.claimedBy(owner, until);
      Task task = rules.changed(before, before.withStatus(Status.IN_PROGRESS));
      staging.put(task);
      ClaimTable.write(staging, id, record, claimed);
      leases.await(id, claimed);
      tasks.add(task);
      records.add(claimed);
    }
    staging.describe(Action.CLAIM, owner);
    long sequence = staging.commit(durability);
    List<Claim> claims = new ArrayList<>(ids.size());
    for (int i = 0; i < records.size(); i++) {
      claims.add(claim(versioned(tasks.get(i), sequence), records.get(i)));
    }
    return claims;
  }

  static Claim claim(Task task, ClaimRecord record) {
    return new Claim(
        task.id(),
        task,
        record.token(),
        record.owner(),
        IndexedFields.instant(record.until()),
        record.attempt());
  }

  /** As {@link dev.quarry.work.Claims#renew}. */
  public Claim renew(Claim claim, Duration lease) {
    long micros = checked(claim.owner(), lease);
    return committer.exclusively(
        staging -> {
          ClaimRecord record = fenced(staging, claim);
          ClaimRecord renewed = record.renewed(leases.now() + micros);
          ClaimTable.write(staging, claim.id(), record, renewed);
          leases.await(claim.id(), renewed);
          staging.describe(Action.RENEW, claim.owner());
          staging.commit(durability);
          return claim(staging.get(claim.id()), renewed);
        });
  }

  /** As {@link dev.quarry.work.Claims#update}. */
  public Task update(Claim claim, UnaryOperator<Task> change) {
    return committer.exclusively(
        staging -> {
          fenced(staging, claim);
          Task before = staging.get(claim.id());
          Task after = rules.changed(before, change.apply(before));
          if (after.equals(before)) {
            return before;
          }
          staging.put(after);
          staging.describe(Action.WRITE, claim.owner());
          return versioned(after, staging.commit(durability));
        });
  }

  /** As {@link dev.quarry.work.Claims#complete(Claim, UnaryOperator)}. */
  public Task complete(Claim claim, UnaryOperator<Task> change) {
    return committer.exclusively(
        staging -> {
          ClaimRecord record = fenced(staging, claim);
          return end(
              staging, record, record.ended(0), claim, t -> done(t, change), Action.COMPLETE);
        });
  }

  /** The failure of an earlier attempt goes, one that the change sets stays. */
  private static Task done(Task task, UnaryOperator<Task> change) {
    Task changed = change.apply(task);
    if (changed == null) {
      return null; // refused with the others that cannot be
    }
    String before = task.attributes().get(FAILURE);
    boolean isOwn = !Objects.equals(changed.attributes().get(FAILURE), before);
    return (isOwn ? changed : withFailure(changed, null)).withStatus(Status.DONE);
  }

  /** As {@link dev.quarry.work.Claims#fail}. */
  public Task fail(Claim claim, String reason, RetryPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return committer.exclusively(
        staging -> {
          ClaimRecord record = fenced(staging, claim);
          boolean last = record.attempt() >= policy.attempts();
          Duration rest = last ? Duration.ZERO : policy.backOff(record.attempt(), random);
          ClaimRecord after =
              last
                  ? record.ended(0)
                  : rest.isZero()
                      ? record.ended(record.attempt())
                      : record.restingUntil(leases.now() + rest.toNanos() / 1_000);
          Status status = last ? Status.FAILED : Status.TODO;
          return end(
              staging,
              record,
              after,
              claim,
              t -> withFailure(t, reason).withStatus(status),
              Action.FAIL);
        });
  }

  /** As {@link dev.quarry.work.Claims#release}. */
  public Task release(Claim claim) {
    return committer.exclusively(
        staging -> {
          ClaimRecord record = fenced(staging, claim);
          return end(
              staging,
              record,
              record.ended(record.attempt() - 1),
              claim,
              t -> t.withStatus(Status.TODO),
              Action.RELEASE);
        });
  }

  private Task end(
      Staging staging,
      ClaimRecord record,
      ClaimRecord ended,
      Claim claim,
      UnaryOperator<Task> change,
      Action action) {
    String id = claim.id();
    Task before = staging.get(id);
    Task after = rules.changed(before, change.apply(before));
    staging.put(after);
    ClaimTable.write(staging, id, record, ended);
    if (ended.resting()) {
      staging.hold(id, true);
      leases.await(id, ended);
    }
    staging.describe(action, claim.owner());
    return versioned(after, staging.commit(durability));
  }

  /** Of how many tasks the end of a lease or rest is awaited. */
  public int awaited() {
    return leases.awaited();
  }

  /** How many tasks are too large to be claimed or given back. */
  public int largeTasks() {
    return large.count();
  }

  /** As {@link dev.quarry.work.Claims#reapExpired}. */
  public int reapExpired() {
    return leases.reap(Patience.ENDLESS);
  }

  /** What takes part in every commit. */
  public StagingHook hook() {
    return new ClaimHook(large, leases);
  }

  private ClaimRecord fenced(Staging staging, Claim claim) {
    ClaimRecord record = ClaimTable.read(staging, claim.id());
    if (record.token() == claim.token()
        && claim.owner().equals(record.owner())
        && record.holds(leases.now())) {
      return record;
    }
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("id", claim.id());
    context.put("token", claim.token());
    context.put("owner", claim.owner());
    context.put("currentToken", record.token());
    if (record.isClaimed()) {
      context.put("currentOwner", record.owner());
      context.put("until", IndexedFields.instant(record.until()));
    }
    throw new StaleClaimException(
        "the claim no longer holds; drop the work, or claim the task again", context);
  }

  private static Task withFailure(Task task, String reason) {
    if (Objects.equals(task.attributes().get(FAILURE), reason)) {
      return task;
    }
    Map<String, String> attributes = new LinkedHashMap<>(task.attributes());
    attributes.remove(FAILURE);
    if (reason != null) {
      attributes.put(FAILURE, reason);
    }
    return task.toBuilder().attributes(attributes).build();
  }

  private static Task versioned(Task task, long sequence) {
    return task.toBuilder().version(sequence).build();
  }

  /** The lease in microseconds. */
  private static long checked(String owner, Duration lease) {
    Objects.requireNonNull(owner, "owner");
    boolean lossy = !StandardCharsets.UTF_8.newEncoder().canEncode(owner);
    if (owner.isBlank() || owner.length() > Task.MAX_NAME_CHARS || lossy) {
      throw new IllegalArgumentException(
          "an owner must have 1 to "
              + Task.MAX_NAME_CHARS
              + " characters of valid Unicode, not all blank, but is `"
              + owner.substring(0, Math.min(40, owner.length()))
              + "`");
    }
    if (lease.compareTo(Duration.ofMillis(1)) < 0 || lease.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a lease must last 1 ms to " + LONGEST.toDays() + " days, but is " + lease);
    }
    return lease.toNanos() / 1_000;
  }
}
