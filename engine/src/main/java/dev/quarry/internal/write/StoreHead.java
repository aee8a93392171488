package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The facts that every commit rewrites, in its batch.
 *
 * @param sequence last commit
 * @param nextOrdinal the ordinal that the next new task gets
 * @param tasks tasks in the store
 */
public record StoreHead(long sequence, long nextOrdinal, long tasks) {
  /** Its key in the meta family. */
  public static final byte[] KEY = "head".getBytes(StandardCharsets.UTF_8);

  /** Key of the catalog of indexes in the meta family. */
  public static final byte[] CATALOG_KEY = "indexes".getBytes(StandardCharsets.UTF_8);

  /** Its bytes. */
  public byte[] encode() {
    return ByteBuffer.allocate(24).putLong(sequence).putLong(nextOrdinal).putLong(tasks).array();
  }

  /** Reads it; that of an empty store where there is none. */
  public static StoreHead read(Storage storage) {
    return read(storage, null);
  }

  /** That of a snapshot; of now for null. */
  public static StoreHead read(Storage storage, StorageSnapshot at) {
    byte[] value = storage.get(Family.META, KEY, at);
    if (value == null) {
      return new StoreHead(0, 0, 0);
    }
    if (value.length != 24) {
      throw new CorruptionException(
          "the store's head is damaged; restore a backup",
          Map.of("family", Family.META.familyName(), "key", "head"));
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    return new StoreHead(in.getLong(), in.getLong(), in.getLong());
  }
}
