package dev.quarry.internal.change;

import dev.quarry.ConflictException;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.StoreClosedException;
import dev.quarry.TaskStoreException;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.read.Matcher;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitListener;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
  private final Positions positions;
  private final CommitRing ring;
  private final Dispatcher dispatcher;
  private final Workers workers;
  private final Waiters waiters = new Waiters();
  private final Set<FeedSubscription> open = ConcurrentHashMap.newKeySet();
  private final TakenNames names = new TakenNames();
  private final Map<String, Positions.Stored> leftToSave = new ConcurrentHashMap<>();

  /** No later than the first expiry; running subscriptions put theirs off. */
  private final AtomicReference<Instant> nextExpiry = new AtomicReference<>(Instant.MAX);

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
    this.positions = positions;
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
          long from = from(options, source.last());
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

  private long from(WatchOptions options, long last) {
    if (options.name() != null) {
      return named(options, last);
    }
    return checkRetained(options.fromSequence(), last, Map.of());
  }

  private long checkRetained(long from, long last, Map<String, ?> more) {
    if (from == WatchOptions.NOW) {
      return last;
    }
    if (from > last) {
      throw new IllegalArgumentException(
          "fromSequence must be at most the store's last, " + last + ", but is " + from);
    }
    if (from < last) {
      long oldest = source.firstRetained();
      if (from + 1 < oldest) {
        throw notRetained(from + 1, oldest, more);
      }
    }
    return from;
  }

  private long named(WatchOptions options, long last) {
    if (!positions.canStore()) {
      throw new IllegalArgumentException(
          "a store opened read-only stores no positions; watch without a name there, but name is "
              + options.name());
    }
    String name = options.name();
    positions.checkMayPut(name); // before it may wait
    if (!names.take(name)) {
      throw new ConflictException(
          "a subscription of this name is running; close it first, or choose another name",
          Map.of("name", name));
    }
    try {
      Positions.Stored stored = positions.get(name);
      if (stored != null && stored.isExpired(now())) {
        drop(name);
        throw notRetained(
            "the named subscription had expired and is dropped; read the store anew, then watch",
            stored.lastPosition() + 1,
            source.firstRetained(),
            Map.of("name", name, "expired", stored.expiresAt()));
      }
      long from =
          stored == null
              ? checkRetained(options.fromSequence(), last, Map.of("name", name))
              : goOn(name, stored.position(), last);
      Positions.Stored begun = new Positions.Stored(from, now(), options.expiry());
      positions.put(Map.of(name, begun));
      awaitExpiry(begun.expiresAt());
      return from;
    } catch (RuntimeException | Error e) {
      names.giveBack(name);
      throw e;
    }
  }

  /**
   * Drops the name where it cannot go on: its position counts before any other as long as it is.
   */
  private long goOn(String name, long position, long last) {
    try {
      return checkRetained(position, last, Map.of("name", name));
    } catch (SequenceNotRetainedException e) {
      drop(name);
      throw notRetained(
          "the change log no longer has what the named subscription has not seen, so it is"
              + " dropped; read the store anew, then watch",
          position + 1,
          source.firstRetained(),
          Map.of("name", name));
    }
  }

  /** Drops the named subscriptions that have expired. */
  private void dropExpired() {
    Instant now = now();
    nextExpiry.set(Instant.MAX); // first: whoever stores a position meanwhile lowers it
    for (Map.Entry<String, Positions.Stored> entry : positions.all().entrySet()) {
      Positions.Stored stored = entry.getValue();
      if (stored.isDropped()) {
        continue;
      }
      if (stored.isExpired(now)) {
        dropIfIdle(entry.getKey(), now);
      } else {
        awaitExpiry(stored.expiresAt());
      }
    }
  }

  private void awaitExpiry(Instant at) {
    nextExpiry.accumulateAndGet(at, (a, b) -> a.isBefore(b) ? a : b);
  }

  private void dropIfIdle(String name, Instant now) {
    names.dropping(
        name,
        () -> {
          Positions.Stored stored = positions.get(name);
          if (stored != null && stored.isExpired(now)) {
            positions.put(Map.of(name, stored.dropped()));
          }
          return null;
        },
        () -> null); // watched: it stores its position soon
  }

  /** Whether an expiry may be due. */
  boolean isExpiryDue() {
    return nextExpiry.get().isBefore(now());
  }

  /**
   * Drops the named subscriptions that have expired, where positions can be stored. Never throws: a
   * name too many is told in the log and harms nobody.
   */
  public void sweep() {
    if (!positions.canStore()) {
      return;
    }
    int lease = guard.tryEnter();
    if (lease < 0) {
      return; // the store closes; the next open does it
    }
    try {
      dropExpired();
    } catch (TaskStoreException e) {
      LOG.warn("expired subscriptions could not be dropped; they will be, in an hour or so", e);
      awaitExpiry(now().plus(Duration.ofHours(1)));
    } finally {
      guard.exit(lease);
    }
  }

  private void drop(String name) {
    Map<String, Positions.Stored> none = new HashMap<>();
    none.put(name, null);
    positions.put(none);
  }

  private static SequenceNotRetainedException notRetained(
      long asked, long oldest, Map<String, ?> more) {
    return notRetained(
        "the change log no longer has this sequence; read the store anew, then watch from its"
            + " sequence on",
        asked,
        oldest,
        more);
  }

  private static SequenceNotRetainedException notRetained(
      String message, long asked, long oldest, Map<String, ?> more) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("asked", asked);
    context.put("oldestRetained", oldest);
    context.putAll(more);
    return new SequenceNotRetainedException(message, context);
  }

  /** The named subscriptions. */
  public Subscriptions subscriptions() {
    return new Names();
  }

  private final class Names implements Subscriptions {
    @Override
    public List<Named> list() {
      return leased(
          () -> {
            source.takeOver();
            List<Named> list = new ArrayList<>();
            Instant now = now();
            positions
                .all()
                .forEach(
                    (name, stored) -> {
                      if (!stored.isDropped()) {
                        list.add(named(name, stored, now));
                      }
                    });
            return list;
          });
    }

    private Named named(String name, Positions.Stored stored, Instant now) {
      boolean runs = names.isRunning(name);
      return new Named(
          name,
          stored.position(),
          stored.at(),
          stored.expiry(),
          runs,
          !runs && stored.isExpired(now));
    }

    @Override
    public boolean drop(String name) {
      Objects.requireNonNull(name, "name");
      return leased(
          () -> {
            positions.checkMayPut(name); // before it may wait
            return names.dropping(
                name,
                () -> dropStored(name),
                () -> {
                  throw new ConflictException(
                      "a subscription of this name is running; close it first",
                      Map.of("name", name));
                });
          });
    }

    private boolean dropStored(String name) {
      boolean there = positions.isStored(name); // not decoded: it may be damaged
      if (there) {
        ChangeFeed.this.drop(name);
      }
      return there;
    }
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

  /** Fails where {@code first}, the first commit found behind {@code after}, is not the next. */
  void checkNoGap(long after, long first) {
    if (first == after + 1) {
      return;
    }
    long oldest = leased(source::firstRetained);
    if (oldest > after + 1) {
      throw notRetained(after + 1, oldest, Map.of());
    }
  }

  void save(PositionSaver saver, long position) {
    Instant now = now();
    Positions.Stored stored = new Positions.Stored(position, now, saver.options().expiry());
    leased(
        () -> {
          positions.put(Map.of(saver.options().name(), stored));
          return null;
        });
    awaitExpiry(stored.expiresAt());
    saver.stored(position, now);
  }

  /** A subscription ends at this position. */
  void leave(FeedSubscription subscription, PositionSaver saver, long position) {
    dispatcher.leave(subscription);
    try {
      if (saver != null) {
        saveLast(saver, position);
      }
    } finally {
      if (saver != null) {
        names.giveBack(saver.options().name());
      }
      // only now: the close of the store waits for it, and then stores what is left to store
      open.remove(subscription);
    }
  }

  private void saveLast(PositionSaver saver, long position) {
    try {
      save(saver, position);
    } catch (StoreClosedException e) { // the close, which waits for this, stores it
      leftToSave.put(
          saver.options().name(), new Positions.Stored(position, now(), saver.options().expiry()));
    }
  }

  /** Refuses to wait for a subscription's end in a thread whose write it may have to wait for. */
  void checkMayWait() {
    if (positions.isInsideWrite()) {
      throw new IllegalStateException(
          "a subscription cannot be closed from inside a write, which its last write would wait"
              + " for; close it before or behind the write");
    }
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
    dispatcher.stop();
    open.forEach(FeedSubscription::startClosing);
    if (!awaitNone()) {
      workers.interruptBusy();
      if (!awaitNone()) {
        LOG.warn("{} listeners did not return while the store was closed", open.size());
      }
    }
    workers.stop();
    saveLeft();
    open.forEach(FeedSubscription::abandon);
  }

  private void saveLeft() {
    try {
      if (!leftToSave.isEmpty()) {
        positions.put(leftToSave);
      }
    } catch (TaskStoreException e) {
      // a store that has failed must close all the same; those changes will come again
      LOG.warn("the positions of named subscriptions could not be stored", e);
    }
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
