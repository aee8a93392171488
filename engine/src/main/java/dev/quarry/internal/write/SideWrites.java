package dev.quarry.internal.write;

import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.StorageBatch;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Puts and deletes of a commit beside the records: links, waits, claims and the like. */
final class SideWrites {
  private static final byte[] NOTHING = {};

  private final Map<Family, NavigableMap<byte[], Value>> families = new EnumMap<>(Family.class);

  private final NavigableMap<byte[], byte[]> archivedBefore =
      new TreeMap<>(Arrays::compareUnsigned);

  /**
   * What a key is to hold.
   *
   * @param bytes the value, null for a delete
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Value(byte[] bytes) {}

  void clear() {
    families.clear();
    archivedBefore.clear();
  }

  boolean isEmpty() {
    return families.isEmpty();
  }

  void set(Family family, byte[] key, byte[] valueOrNull) {
    setValue(family, key, new Value(valueOrNull));
  }

  /** Changes an entry of the archive, which held {@code before}, null for nothing. */
  void setArchived(byte[] key, byte[] before, byte[] after) {
    set(Family.ARCHIVE, key, after);
    archivedBefore.putIfAbsent(key, before == null ? NOTHING : before);
  }

  /** What is to be, or null where nothing is said of the key. */
  Value get(Family family, byte[] key) {
    NavigableMap<byte[], Value> writes = families.get(family);
    return writes == null ? null : writes.get(key);
  }

  /** Feeds what is said of the keys that begin with {@code prefix}. */
  void forEach(Family family, byte[] prefix, BiConsumer<byte[], Value> action) {
    NavigableMap<byte[], Value> writes = families.get(family);
    if (writes == null) {
      return;
    }
    for (Map.Entry<byte[], Value> entry : writes.tailMap(prefix, true).entrySet()) {
      byte[] key = entry.getKey();
      if (key.length < prefix.length
          || !Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
        return;
      }
      action.accept(key, entry.getValue());
    }
  }

  /** How much is written, keys included. */
  long bytes() {
    long[] bytes = {0};
    forEach(
        (family, key, value) -> {
          bytes[0] += key.length + (value.bytes() == null ? 0 : value.bytes().length);
        });
    archivedBefore.forEach((id, before) -> bytes[0] += id.length + before.length);
    return bytes[0];
  }

  /** Adds the writes of the commit of a sequence to a batch. */
  void addTo(StorageBatch batch, long sequence) {
    archivedBefore.forEach(
        (id, before) -> batch.put(Family.PAST, HistoryKeys.archived(sequence, id), before));
    families.forEach(
        (family, writes) ->
            writes.forEach(
                (key, value) -> {
                  if (value.bytes() == null) {
                    batch.delete(family, key);
                  } else {
                    batch.put(family, key, value.bytes());
                  }
                }));
  }

  void forEach(Visitor visitor) {
    families.forEach(
        (family, writes) -> writes.forEach((key, value) -> visitor.visit(family, key, value)));
  }

  @SuppressWarnings("ReferenceEquality") // the very same, not an equal one that came later
  void remove(Family family, byte[] key, Value value) {
    NavigableMap<byte[], Value> writes = families.get(family);
    if (writes != null) {
      Value present = writes.get(key);
      if (present == value) {
        writes.remove(key);
      }
    }
  }

  void setValue(Family family, byte[] key, Value value) {
    families.computeIfAbsent(family, f -> new TreeMap<>(Arrays::compareUnsigned)).put(key, value);
  }

  /** Receives writes. */
  @FunctionalInterface
  interface Visitor {
    void visit(Family family, byte[] key, Value value);
  }
}
