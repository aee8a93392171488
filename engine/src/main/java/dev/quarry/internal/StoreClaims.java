package dev.quarry.internal;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.internal.claim.ClaimReads;
import dev.quarry.internal.claim.ClaimVerbs;
import dev.quarry.internal.claim.ReadyWaiters.Found;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.read.Predicates;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The claims of a store: takes a lease on the open store for each verb. */
final class StoreClaims implements Claims {
  private final StoreParts parts;
  private final Runnable count;

  /** Claims for a caller whose calls are counted by {@code count}. */
  StoreClaims(StoreParts parts, Runnable count) {
    this.parts = parts;
    this.count = count;
  }

  private <R> R write(Function<ClaimVerbs, R> work) {
    parts.checkWritable();
    parts.gate.admit();
    return leased(work);
  }

  /** As {@link #write}, for what gives tasks back: a full disk must not keep them. */
  private <R> R giveBack(Function<ClaimVerbs, R> work) {
    parts.checkWritable();
    parts.gate.admitDelete();
    return leased(work);
  }

  private <R> R leased(Function<ClaimVerbs, R> work) {
    count.run();
    int lease = parts.guard().enter();
    try {
      return parts.withCallbacks(() -> work.apply(parts.claims()));
    } finally {
      parts.guard().exit(lease);
    }
  }

  private <R> R read(Function<ClaimReads, R> work) {
    count.run();
    int lease = parts.guard().enter();
    try {
      parts.refresh();
      return work.apply(parts.claimReads());
    } finally {
      parts.guard().exit(lease);
    }
  }

  @Override
  public Optional<Claim> tryClaim(String id, String owner, Duration lease) {
    return write(claims -> claims.tryClaim(id, owner, lease));
  }

  @Override
  public Optional<Claim> next(Condition filter, String owner, Duration lease) {
    return write(claims -> claims.next(filter, owner, lease));
  }

  @Override
  public List<Claim> next(Condition filter, String owner, Duration lease, int most) {
    return write(claims -> claims.next(filter, owner, lease, most));
  }

  @Override
  public boolean awaitReady(Condition filter, Duration timeout) throws InterruptedException {
    count.run();
    return awaitReady(filter, Interrupts.nanos(timeout));
  }

  private boolean awaitReady(Condition filter, long nanos) throws InterruptedException {
    Predicate<IndexedFields> holds = Predicates.compile(filter);
    Supplier<Found> look = () -> isAny(filter) ? Found.IT : Found.NOTHING;
    return parts.readyWaiters().await(holds, look, nanos);
  }

  /** A lease for the look alone: the store can be closed while somebody waits. */
  private boolean isAny(Condition filter) {
    int lease = parts.guard().enter();
    try {
      return parts.isReadOnly()
          ? parts.reads().isAny(Query.where(Condition.ready().and(filter)))
          : parts.claims().isAny(filter);
    } finally {
      parts.guard().exit(lease);
    }
  }

  @Override
  public Optional<Claim> awaitNext(Condition filter, String owner, Duration lease, Duration timeout)
      throws InterruptedException {
    long end = System.nanoTime() + Interrupts.nanos(timeout);
    List<Claim> found = new ArrayList<>(1);
    next(filter, owner, lease).ifPresent(found::add);
    if (found.isEmpty()) {
      Supplier<Found> look =
          () -> {
            if (!isAny(filter)) {
              return Found.NOTHING;
            }
            // missed where another was quicker, or it is too large
            return next(filter, owner, lease).map(found::add).isPresent() ? Found.IT : Found.MISSED;
          };
      parts.readyWaiters().await(Predicates.compile(filter), look, end - System.nanoTime());
    }
    return found.stream().findFirst();
  }

  @Override
  public Claim renew(Claim claim, Duration lease) {
    return write(claims -> claims.renew(claim, lease));
  }

  @Override
  public Task update(Claim claim, UnaryOperator<Task> change) {
    return write(claims -> claims.update(claim, change));
  }

  @Override
  public Task complete(Claim claim, UnaryOperator<Task> change) {
    return write(claims -> claims.complete(claim, change));
  }

  @Override
  public Task fail(Claim claim, String reason, RetryPolicy policy) {
    return write(claims -> claims.fail(claim, reason, policy));
  }

  @Override
  public Task release(Claim claim) {
    return giveBack(claims -> claims.release(claim));
  }

  @Override
  public int reapExpired() {
    return giveBack(ClaimVerbs::reapExpired);
  }

  @Override
  public Optional<Claim> claimOf(String id) {
    Objects.requireNonNull(id, "id");
    return read(claims -> claims.claimOf(id));
  }

  @Override
  public Page<Claim> list(PageRequest request) {
    Objects.requireNonNull(request, "request");
    return read(claims -> claims.list(request));
  }
}
