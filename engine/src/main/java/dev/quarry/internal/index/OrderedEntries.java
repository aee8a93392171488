package dev.quarry.internal.index;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.StorageBatch;
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
    return key(entry, OrderedKeys.encode(entry.spec().parts(), task), ordinal);
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
    byte[] old = before == null ? null : key(entry, before, ordinal);
    byte[] young = after == null ? null : key(entry, after, ordinal);
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
}
