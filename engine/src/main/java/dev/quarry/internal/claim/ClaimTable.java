package dev.quarry.internal.claim;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.internal.write.Staging;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * The claims family: id to {@link ClaimRecord}, and for each record that awaits a moment a mark of
 * its own, so that finding those costs nothing for the many that await none. Marks are the byte 1
 * and the id; ids hold no control characters, so the two kinds of keys cannot meet.
 */
final class ClaimTable {
  private static final byte MARK = 1;
  private static final byte[] NOTHING = {};

  private ClaimTable() {}

  static ClaimRecord read(Staging staging, String id) {
    byte[] key = Keys.id(id);
    return decode(id, key, staging.attached(Family.CLAIMS, key));
  }

  /** A mark is found where an id is asked for that no task can have. */
  private static ClaimRecord decode(String id, byte[] key, byte[] value) {
    return value == null || isMark(key) ? ClaimRecord.NONE : ClaimRecord.decode(id, value);
  }

  static void write(Staging staging, String id, ClaimRecord before, ClaimRecord after) {
    byte[] key = Keys.id(id);
    staging.attach(Family.CLAIMS, key, after.encode());
    if (before.isActive() != after.isActive()) {
      staging.attach(Family.CLAIMS, mark(key), after.isActive() ? NOTHING : null);
    }
  }

  /** As stored, at a point in time; null for now. */
  static ClaimRecord read(Storage storage, String id, StorageSnapshot at) {
    byte[] key = Keys.id(id);
    return decode(id, key, storage.get(Family.CLAIMS, key, at));
  }

  /**
   * Feeds the stored records that await a moment, by id in UTF-8, from behind {@code after} (null
   * for all) until {@code more} says no.
   */
  static void forEachActive(
      Storage storage, StorageSnapshot at, String after, BiPredicate<String, ClaimRecord> more) {
    byte[] from = {MARK};
    if (after != null) {
      byte[] last = mark(Keys.id(after));
      from = Arrays.copyOf(last, last.length + 1);
    }
    byte[] to = {MARK + 1};
    try (StorageIterator it = storage.iterate(Family.CLAIMS, from, to, at)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        String id = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
        if (!more.test(id, read(storage, id, at))) {
          return;
        }
      }
    }
  }

  /**
   * The same of now, as far as they can be read: a damaged block of marks is gone round from both
   * sides, so some may be fed twice.
   *
   * @param damaged is told what cannot be read
   */
  static void forEachReadable(
      Storage storage,
      BiConsumer<String, ClaimRecord> action,
      Consumer<CorruptionException> damaged) {
    Consumer<byte[]> readable =
        key -> {
          String id = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
          try {
            action.accept(id, read(storage, id, null));
          } catch (CorruptionException e) {
            damaged.accept(e);
          }
        };
    try (StorageIterator it = marks(storage)) {
      for (it.first(); it.isValid(); it.next()) {
        readable.accept(it.key());
      }
      return;
    } catch (CorruptionException e) {
      damaged.accept(e);
    }
    try (StorageIterator it = marks(storage)) {
      for (it.last(); it.isValid(); it.previous()) {
        readable.accept(it.key());
      }
    } catch (CorruptionException e) {
      return; // told already, or of the same block
    }
  }

  private static StorageIterator marks(Storage storage) {
    return storage.iterate(Family.CLAIMS, new byte[] {MARK}, new byte[] {MARK + 1}, null);
  }

  /** Whether a key is that of a mark. */
  static boolean isMark(byte[] key) {
    return key.length > 0 && key[0] == MARK;
  }

  private static byte[] mark(byte[] key) {
    byte[] mark = new byte[key.length + 1];
    mark[0] = MARK;
    System.arraycopy(key, 0, mark, 1, key.length);
    return mark;
  }
}
