package dev.quarry.internal.change;

import dev.quarry.CorruptionException;
import dev.quarry.Durability;
import dev.quarry.StorageException;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.Patience;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stored positions of named subscriptions, each written in a small commit of its own. Value: a
 * byte for the format, then position, time of storing and expiry in milliseconds, 8 bytes each.
 * Thread-safe; under a lease of the store's guard.
 */
public final class Positions {
  private static final Logger LOG = LoggerFactory.getLogger(Positions.class);
  private static final byte FORMAT = 1;
  private static final int BYTES = 25;

  private final Storage storage;
  private final Committer committer;

  /** Positions in a storage; {@code committer} null where they can only be read. */
  public Positions(Storage storage, Committer committer) {
    this.storage = storage;
    this.committer = committer;
  }

  boolean canStore() {
    return committer != null;
  }

  /** Whether this thread is inside a write of the store. */
  boolean isInsideWrite() {
    return committer != null && committer.isInsideWrite();
  }

  /** Fails where none can be stored: in a store opened read-only, and inside a write. */
  void checkMayPut(String name) {
    if (!canStore()) {
      throw new StorageException(
          "the store was opened read-only; open it with TaskStore.open to write",
          Map.of("name", name));
    }
    committer.checkNotNested();
  }

  /** A stored position. */
  record Stored(long position, Instant at, Duration expiry) {
    /** What can be stored; 292 million years are for ever. */
    private static final Duration LONGEST = Duration.ofMillis(Long.MAX_VALUE);

    Stored {
      expiry = expiry.compareTo(LONGEST) > 0 ? LONGEST : expiry;
    }

    boolean isExpired(Instant now) {
      return isDropped() || expiresAt().isBefore(now);
    }

    Instant expiresAt() {
      return at.plus(expiry);
    }

    /** What is kept of an expired one, so that the next to watch under its name is told. */
    Stored dropped() {
      return isDropped() ? this : new Stored(-1 - position, at, expiry);
    }

    boolean isDropped() {
      return position < 0;
    }

    /** The position that it had, dropped or not. */
    long lastPosition() {
      return isDropped() ? -1 - position : position;
    }

    private byte[] encode() {
      return ByteBuffer.allocate(BYTES)
          .put(FORMAT)
          .putLong(position)
          .putLong(at.toEpochMilli())
          .putLong(expiry.toMillis())
          .array();
    }

    private static Stored decode(String name, byte[] value) {
      if (value.length != BYTES || value[0] != FORMAT) {
        throw new CorruptionException(
            "the stored position of a subscription is damaged; drop the name"
                + " (subscriptions().drop), read the store anew, then watch",
            Map.of("family", Family.SUBSCRIPTIONS.familyName(), "name", name));
      }
      ByteBuffer in = ByteBuffer.wrap(value).position(1);
      return new Stored(
          in.getLong(), Instant.ofEpochMilli(in.getLong()), Duration.ofMillis(in.getLong()));
    }
  }

  /** That of a name, or null. */
  Stored get(String name) {
    byte[] value = storage.get(Family.SUBSCRIPTIONS, key(name));
    return value == null ? null : Stored.decode(name, value);
  }

  /** Whether something is stored for a name, be it damaged. */
  boolean isStored(String name) {
    return storage.get(Family.SUBSCRIPTIONS, key(name)) != null;
  }

  /** All by name, but for damaged ones, which must not hide the others. */
  Map<String, Stored> all() {
    Map<String, Stored> all = new TreeMap<>();
    try (StorageIterator it = storage.iterate(Family.SUBSCRIPTIONS, null, null, null)) {
      for (it.first(); it.isValid(); it.next()) {
        String name = new String(it.key(), StandardCharsets.UTF_8);
        try {
          all.put(name, Stored.decode(name, it.value()));
        } catch (CorruptionException e) {
          LOG.warn("a named subscription is left out", e);
        }
      }
    }
    return all;
  }

  /** Stores positions by name, null values removing them, in one commit. */
  void put(Map<String, Stored> positions) {
    put(positions, Patience.ENDLESS);
  }

  /** The same, which ends with an exception where other writes do not let it begin in time. */
  void put(Map<String, Stored> positions, Patience patience) {
    committer.exclusively(
        patience,
        staging -> {
          positions.forEach(
              (name, stored) ->
                  staging.attach(
                      Family.SUBSCRIPTIONS, key(name), stored == null ? null : stored.encode()));
          return staging.commit(Durability.BUFFERED);
        });
  }

  /** Stages that no position of a storage that nobody else uses lies behind a sequence. */
  public static void cut(Storage storage, StorageSnapshot at, StorageBatch batch, long last) {
    try (StorageIterator it = storage.iterate(Family.SUBSCRIPTIONS, null, null, at)) {
      for (it.first(); it.isValid(); it.next()) {
        Stored stored = Stored.decode(new String(it.key(), StandardCharsets.UTF_8), it.value());
        if (stored.position() > last) {
          Stored cut = new Stored(last, stored.at(), stored.expiry());
          batch.put(Family.SUBSCRIPTIONS, it.key(), cut.encode());
        }
      }
    }
  }

  /** No subscription has a name with an unpaired surrogate, but one may be asked for. */
  private static byte[] key(String name) {
    return Keys.id(name);
  }
}
