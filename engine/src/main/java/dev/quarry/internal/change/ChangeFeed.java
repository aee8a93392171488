package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.read.Matcher;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitListener;
import dev.quarry.internal.write.CommitPart;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The change feed of a store. Nothing runs, and nothing is kept, until the first subscription.
 * Thread-safe.
 */
public final class ChangeFeed implements CommitListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
  private static final long PATIENCE_NANOS = 5_000_000_000L;
  private static final int POLLED_COMMITS = 256;
  private static final Duration RELIEF = Duration.ofMillis(10);

  private final CommitSource source;
  private final Guard guard;
  private final InstantSource clock;
  private final Consumer<Runnable> callbacks;
  private final Retained retained;
  private final NamedSubscriptions named;
  private final CommitRing ring;
  private final LagRoom lagRoom = new LagRoom();
  private final Dispatcher dispatcher;
  private final Workers workers;
  private final Waiters waiters = new Waiters();
  private final Set<FeedSubscription> open = ConcurrentHashMap.newKeySet();

  /** Leases of those who read the rest of a commit while the store closes. */
  private final Guard lastReads = new Guard("the change feed");

  /** Of {@link #poll} while it is behind. */
  private CommitSource.Reader polled;

  /**
   * A feed.
   *
   * @param last the store's last commit
   * @param callbacks runs what calls a listener
   * @param positions of named subscriptions
   */
  public ChangeFeed(
      CommitSource source,
      Guard guard,
      InstantSource clock,
      long last,
      Consumer<Runnable> callbacks,
      Positions positions) {
    this(source, guard, clock, last, callbacks, positions, Thread::start);
  }

  /** The same, whose threads are begun by {@code threads}. */
  ChangeFeed(
      CommitSource source,
      Guard guard,
      InstantSource clock,
      long last,
      Consumer<Runnable> callbacks,
      Positions positions,
      Consumer<Thread> threads) {
    this.source = source;
    this.guard = guard;
    this.clock = clock;
    this.callbacks = callbacks;
    this.retained = new Retained(source);
    this.named = new NamedSubscriptions(source, retained, guard, clock, positions);
    this.ring = new CommitRing(last);
    this.dispatcher = new Dispatcher(this, ring, last, threads);
    this.workers = new Workers(dispatcher::wake, threads);
  }

  @Override
  public void committed(Commit commit) {
    ring.committed(commit);
  }

  /** As {@link dev.quarry.TaskStore#watch}. Under a lease. */
  public Subscription watch(WatchOptions options, Consumer<? super Change> listener) {
    Objects.requireNonNull(listener, "listener");
    FeedSubscription subscription = prepare(options, Sink.of(listener), null);
    start(subscription);
    return subscription;
  }

  /** As {@link dev.quarry.TaskStore#changes}. */
  public Flow.Publisher<Change> publisher(WatchOptions options) {
    Objects.requireNonNull(options, "options");
    return new ChangePublisher(this, options);
  }

  /** A subscription that is not yet started. */
  FeedSubscription prepare(WatchOptions options, Sink sink, Demand demand) {
    return leased(
        () -> {
          if (Matcher.asksForReady(options.filter())) {
            throw new IllegalArgumentException(
                "whether a task is ready is no part of a change; wait with claims().awaitReady,"
                    + " or watch its status and dependencies instead of "
                    + options.filter());
          }
          dispatcher.begin();
          source.takeOver();
          long from = from(options);
          return new FeedSubscription(this, options, from, sink, demand);
        });
  }

  void start(FeedSubscription subscription) {
    open.add(subscription);
    dispatcher.watchTime(subscription);
    // last: its end takes back what the lines above have done
    if (guard.isClosed()) {
      subscription.endHere(); // there may be no worker any more
    } else {
      subscription.begin();
    }
  }

  private long from(WatchOptions options) {
    long from =
        options.name() == null
            ? retained.checked(options.fromSequence(), source.last(), Map.of())
            : named.begin(options);
    // a write that failed has used a sequence of which nobody is told, so none begins behind it
    return from > ring.last() ? Math.min(from, source.lastSeen()) : from;
  }

  /** The named subscriptions. */
  public Subscriptions subscriptions() {
    return named;
  }

  /** Whether the expiry of a named subscription may be due. */
  boolean isExpiryDue() {
    return named.isExpiryDue();
  }

  /**
   * Drops the named subscriptions that have expired, where positions can be stored. Never throws: a
   * name too many is told in the log and harms nobody.
   */
  public void sweep() {
    named.sweep();
  }

  private <R> R leased(Supplier<R> work) {
    int lease = guard.enter();
    try {
      return work.get();
    } finally {
      guard.exit(lease);
    }
  }

  // ---- for subscriptions and the dispatcher

  CommitRing ring() {
    return ring;
  }

  /** What those share who lag. */
  LagRoom lagRoom() {
    return lagRoom;
  }

  Workers workers() {
    return workers;
  }

  Consumer<Runnable> callbacks() {
    return callbacks;
  }

  Instant now() {
    return clock.instant();
  }

  long last() {
    return ring.last();
  }

  long dispatched() {
    return dispatcher.dispatched();
  }

  /** How often a live filter was evaluated. */
  public long evaluations() {
    return dispatcher.evaluations();
  }

  boolean isStoreClosed() {
    return guard.isClosed();
  }

  void join(FeedSubscription subscription) {
    dispatcher.join(subscription);
  }

  void later(FeedSubscription subscription, long nanoTime) {
    dispatcher.later(subscription, nanoTime);
  }

  /**
   * Where another process writes: lets the ring begin at its last commit. Who needs what is before
   * reads the log. Under a lease, before the dispatcher's thread is begun.
   */
  boolean beginPolling() {
    boolean polled = source.takeOver();
    if (polled) {
      ring.skipTo(source.last());
    }
    return polled;
  }

  /**
   * Takes over some of what another process has committed; true where there is more. The lease is
   * given back in between, for what others read is not refreshed meanwhile, and close waits for it.
   */
  boolean poll() {
    int lease = guard.tryEnter();
    if (lease < 0) {
      return false;
    }
    try {
      source.takeOver();
      polled = polled == null ? source.reader() : polled;
      boolean isBehind = poll(source.last());
      polled = isBehind ? polled : null;
      return isBehind;
    } finally {
      guard.exit(lease);
    }
  }

  private boolean poll(long last) {
    int[] left = {POLLED_COMMITS};
    if (last > ring.last()) {
      polled.forEach(
          ring.last(),
          commit -> {
            if (commit.sequence() <= last) {
              ring.committed(commit);
            }
            return commit.sequence() < last && --left[0] > 0;
          });
    }
    return left[0] == 0;
  }

  /** A reader of the change log for {@link #readLog}. */
  CommitSource.Reader reader() {
    return source.reader();
  }

  /** Reads the change log. */
  void readLog(CommitSource.Reader log, long after, Predicate<Commit> more) {
    leased(
        () -> {
          log.forEach(after, more);
          return null;
        });
  }

  /** Reads parts of it; also while the store closes, for a commit that is to be completed. */
  void readParts(
      CommitSource.Reader log, long after, int skip, IntSupplier most, Predicate<CommitPart> more) {
    toTheEnd(() -> log.forEachPart(after, skip, most, more));
  }

  /** Fails where {@code first}, the first commit found behind {@code after}, is not the next. */
  void checkNoGap(long after, long first) {
    if (first != after + 1) {
      toTheEnd(() -> retained.checkNext(after, Map.of()));
    }
  }

  /** Runs what reads the storage, until the feed has ended. */
  private void toTheEnd(Runnable read) {
    int lease = guard.tryEnter();
    Guard entered = lease < 0 ? lastReads : guard;
    lease = lease < 0 ? lastReads.enter() : lease;
    try {
      read.run();
    } finally {
      entered.exit(lease);
    }
  }

  void save(PositionSaver saver, long position) {
    named.save(saver, position);
  }

  /** A subscription ends at this position. */
  void leave(FeedSubscription subscription, PositionSaver saver, long position) {
    dispatcher.leave(subscription);
    try {
      if (saver != null) {
        named.end(saver, position);
      }
    } finally {
      // only now: the close of the store waits for it, and then stores what is left to store
      open.remove(subscription);
    }
  }

  void checkMayWait() {
    named.checkMayWait();
  }

  void signal() {
    waiters.signal();
  }

  boolean await(BooleanSupplier done, BooleanSupplier ended, Duration timeout)
      throws InterruptedException {
    return waiters.await(done, ended, timeout);
  }

  /**
   * Ends all subscriptions, behind the last lease and before the storage closes. A listener that
   * does not return is interrupted after a while and then left alone: what it asks of the store
   * afterwards is refused.
   */
  @Override
  public void close() {
    try {
      endAll();
    } finally {
      lastReads.close();
      lastReads.awaitIdle(); // whatever has failed: the storage closes next
    }
    named.saveLeft();
    open.forEach(FeedSubscription::abandon);
  }

  private void endAll() {
    dispatcher.stop();
    open.forEach(FeedSubscription::startClosing);
    if (!awaitNone()) {
      lastReads.close(); // who is still inside of a commit ends there
      workers.interruptBusy();
      if (!awaitNone()) {
        LOG.warn("{} listeners did not return while the store was closed", open.size());
      }
    }
    workers.stop();
  }

  /** Relieves stuck workers meanwhile, as the dispatcher did: the others have an end to come to. */
  private boolean awaitNone() {
    long end = System.nanoTime() + PATIENCE_NANOS;
    try {
      do {
        workers.relieve();
        if (waiters.await(open::isEmpty, () -> false, RELIEF)) {
          return true;
        }
      } while (System.nanoTime() - end < 0);
      return open.isEmpty();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupts are deferred while the store closes", e);
    }
  }
}
