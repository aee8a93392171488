package dev.quarry.internal.index;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.KeyBuffer;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.query.Order;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Keys of the ordered indexes: number, sortable key, ordinal. */
public final class OrderedEntries {
  private static final byte[] NOTHING = {};
  private static final int NUMBER_BYTES = Integer.BYTES;

  private OrderedEntries() {}

  /** What every key of the index begins with. */
  public static byte[] prefix(int number) {
    return ByteBuffer.allocate(NUMBER_BYTES).putInt(number).array();
  }

  /** The key of a task in an index. */
  public static byte[] key(IndexCatalog.Entry entry, IndexedFields task, long ordinal) {
    KeyBuffer out = new KeyBuffer().putInt(entry.number());
    for (Order part : entry.spec().parts()) {
      OrderedKeys.append(out, part, task);
    }
    return out.putLong(inverted(entry) ? ~ordinal : ordinal).toBytes();
  }

  /**
   * The key of these parts. The ordinal is inverted where the last part descends, so that ties go
   * in the direction of the last part, as they do in every query.
   */
  public static byte[] key(IndexCatalog.Entry entry, byte[] sortable, long ordinal) {
    return ByteBuffer.allocate(NUMBER_BYTES + sortable.length + Long.BYTES)
        .putInt(entry.number())
        .put(sortable)
        .putLong(inverted(entry) ? ~ordinal : ordinal)
        .array();
  }

  /** The ordinal at the end of a key of an index. */
  public static long ordinal(IndexCatalog.Entry entry, byte[] key) {
    long ordinal = ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
    return inverted(entry) ? ~ordinal : ordinal;
  }

  private static boolean inverted(IndexCatalog.Entry entry) {
    return entry.spec().parts().get(entry.spec().parts().size() - 1).descending();
  }

  /** Stages what moves in one index when a task changes; null is before or after its life. */
  public static void stage(
      StorageBatch batch,
      IndexCatalog.Entry entry,
      IndexedFields before,
      IndexedFields after,
      long ordinal) {
    if (before != null && after != null && areSame(entry, before, after)) {
      return;
    }
    byte[] old = before == null ? null : key(entry, before, ordinal);
    byte[] young = after == null ? null : key(entry, after, ordinal);
    // different values may still have the same key: long texts that begin alike
    if (old != null && young != null && Arrays.equals(old, young)) {
      return;
    }
    if (old != null) {
      batch.delete(Family.ORDERED, old);
    }
    if (young != null) {
      batch.put(Family.ORDERED, young, NOTHING);
    }
  }

  /** Most changes leave most indexes alone: that is told by the values, without keys. */
  private static boolean areSame(
      IndexCatalog.Entry entry, IndexedFields before, IndexedFields after) {
    for (Order part : entry.spec().parts()) {
      if (!before.isSame(part.field(), after)) {
        return false;
      }
    }
    return true;
  }
}
