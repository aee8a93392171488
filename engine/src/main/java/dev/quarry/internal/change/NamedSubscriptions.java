package dev.quarry.internal.change;

import dev.quarry.ConflictException;
import dev.quarry.LimitExceededException;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.StoreClosedException;
import dev.quarry.TaskStoreException;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.write.Patience;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subscriptions of a feed that have names, and where they stand. Thread-safe. */
final class NamedSubscriptions implements Subscriptions {
  private static final Logger LOG = LoggerFactory.getLogger(NamedSubscriptions.class);

  /** How long a drop waits for other writes: the dispatcher has others to see to. */
  private static final Duration PATIENCE = Duration.ofMillis(20);

  private final CommitSource source;
  private final Retained retained;
  private final Guard guard;
  private final InstantSource clock;
  private final Positions positions;
  private final TakenNames names = new TakenNames();
  private final Map<String, Positions.Stored> leftToSave = new ConcurrentHashMap<>();

  /** No later than the first expiry; running subscriptions put theirs off. */
  private final AtomicReference<Instant> nextExpiry = new AtomicReference<>(Instant.MAX);

  NamedSubscriptions(
      CommitSource source,
      Retained retained,
      Guard guard,
      InstantSource clock,
      Positions positions) {
    this.source = source;
    this.retained = retained;
    this.guard = guard;
    this.clock = clock;
    this.positions = positions;
  }

  // ---- of one that runs

  /** Takes the name for one that runs, until {@link #end}; where it begins. Under a lease. */
  long begin(WatchOptions options) {
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
      long last = source.last(); // behind all that one of this name has seen until now
      if (stored != null && stored.isExpired(clock.instant())) {
        remove(name);
        throw retained.not(
            "the named subscription had expired and is dropped; read the store anew, then watch",
            stored.lastPosition() + 1,
            Map.of("name", name, "expired", stored.expiresAt()));
      }
      long from =
          stored == null
              ? retained.checked(options.fromSequence(), last, Map.of("name", name))
              : goOn(name, stored.position(), last);
      Positions.Stored begun = new Positions.Stored(from, clock.instant(), options.expiry());
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
      return retained.checked(position, last, Map.of("name", name));
    } catch (SequenceNotRetainedException e) {
      remove(name);
      throw retained.not(
          "the change log no longer has what the named subscription has not seen, so it is"
              + " dropped; read the store anew, then watch",
          position + 1,
          Map.of("name", name));
    }
  }

  /** Stores where one stands. */
  void save(PositionSaver saver, long position) {
    Instant now = clock.instant();
    Positions.Stored stored = new Positions.Stored(position, now, saver.options().expiry());
    leased(
        () -> {
          positions.put(Map.of(saver.options().name(), stored));
          return null;
        });
    awaitExpiry(stored.expiresAt());
    saver.stored(position, now);
  }

  /** One ends at this position, and gives its name back. */
  void end(PositionSaver saver, long position) {
    try {
      save(saver, position);
    } catch (StoreClosedException e) { // the close, which waits for this, stores it
      leftToSave.put(
          saver.options().name(),
          new Positions.Stored(position, clock.instant(), saver.options().expiry()));
    } finally {
      names.giveBack(saver.options().name());
    }
  }

  /** Stores where those stood that ended while the store closed; in its close. */
  void saveLeft() {
    try {
      if (!leftToSave.isEmpty()) {
        positions.put(leftToSave);
      }
    } catch (TaskStoreException e) {
      // a store that has failed must close all the same; those changes will come again
      LOG.warn("the positions of named subscriptions could not be stored", e);
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

  // ---- of those that have expired

  /** Whether an expiry may be due. */
  boolean isExpiryDue() {
    return nextExpiry.get().isBefore(clock.instant());
  }

  /** Drops those that have expired, where positions can be stored. Never throws. */
  void sweep() {
    if (!positions.canStore()) {
      return;
    }
    int lease = guard.tryEnter();
    if (lease < 0) {
      return; // the store closes; the next open does it
    }
    try {
      dropExpired(Patience.of(PATIENCE));
    } catch (LimitExceededException e) { // others write for long
      awaitExpiry(clock.instant().plus(Duration.ofMinutes(1)));
    } catch (TaskStoreException e) {
      LOG.warn("expired subscriptions could not be dropped; they will be, in an hour or so", e);
      awaitExpiry(clock.instant().plus(Duration.ofHours(1)));
    } finally {
      guard.exit(lease);
    }
  }

  private void dropExpired(Patience patience) {
    Instant now = clock.instant();
    nextExpiry.set(Instant.MAX); // first: whoever stores a position meanwhile lowers it
    for (Map.Entry<String, Positions.Stored> entry : positions.all().entrySet()) {
      Positions.Stored stored = entry.getValue();
      if (stored.isDropped()) {
        continue;
      }
      if (stored.isExpired(now)) {
        dropIfIdle(entry.getKey(), now, patience);
      } else {
        awaitExpiry(stored.expiresAt());
      }
    }
  }

  private void awaitExpiry(Instant at) {
    nextExpiry.accumulateAndGet(at, (a, b) -> a.isBefore(b) ? a : b);
  }

  private void dropIfIdle(String name, Instant now, Patience patience) {
    names.dropping(
        name,
        () -> {
          Positions.Stored stored = positions.get(name);
          if (stored != null && stored.isExpired(now)) {
            positions.put(Map.of(name, stored.dropped()), patience);
          }
          return null;
        },
        () -> null); // watched: it stores its position soon
  }

  // ---- for callers

  @Override
  public List<Named> list() {
    return leased(
        () -> {
          source.takeOver();
          List<Named> list = new ArrayList<>();
          Instant now = clock.instant();
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
                    "a subscription of this name is running; close it first", Map.of("name", name));
              });
        });
  }

  private boolean dropStored(String name) {
    boolean there = positions.isStored(name); // not decoded: it may be damaged
    if (there) {
      remove(name);
    }
    return there;
  }

  private void remove(String name) {
    Map<String, Positions.Stored> none = new HashMap<>();
    none.put(name, null);
    positions.put(none);
  }

  private <R> R leased(Supplier<R> work) {
    int lease = guard.enter();
    try {
      return work.get();
    } finally {
      guard.exit(lease);
    }
  }
}
