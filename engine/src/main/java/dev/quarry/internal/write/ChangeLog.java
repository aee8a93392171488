package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;

/**
 * The change log family: sequence to the changes of that commit. Each entry holds the queryable
 * fields before the change, so that derived state can be taken from any sequence in the log to the
 * present without the old records. Runs of new tasks are one item.
 */
public final class ChangeLog {
  private static final byte FORMAT = 1;
  private static final byte INSERTS = 1;
  private static final byte UPDATE = 2;
  private static final byte DELETE = 3;

  private final Storage storage;
  private final RecordCodec codec;

  /** A log in this storage. */
  public ChangeLog(Storage storage, RecordCodec codec) {
    this.storage = storage;
    this.codec = codec;
  }

  byte[] encode(List<Mutation> mutations) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    out.write(FORMAT);
    int i = 0;
    while (i < mutations.size()) {
      Mutation mutation = mutations.get(i);
      if (mutation.isInsert()) {
        int end = i + 1;
        while (end < mutations.size()
            && mutations.get(end).isInsert()
            && mutations.get(end).ordinal() == mutation.ordinal() + (end - i)) {
          end++;
        }
        out.write(INSERTS);
        out.writeBytes(ByteBuffer.allocate(12).putLong(mutation.ordinal()).putInt(end - i).array());
        i = end;
      } else {
        byte[] prefix = mutation.beforePrefix();
        out.write(mutation.after() == null ? DELETE : UPDATE);
        out.writeBytes(
            ByteBuffer.allocate(12).putLong(mutation.ordinal()).putInt(prefix.length).array());
        out.writeBytes(prefix);
        i++;
      }
    }
    return out.toByteArray();
  }

  /** Receives the items of an entry. */
  private interface Item {
    /** {@code n} is a number of inserts, or the length of the prefix at the buffer's position. */
    void item(byte kind, long ordinal, int n, ByteBuffer in);
  }

  private static void walk(long sequence, byte[] value, Item action) {
    ByteBuffer in = ByteBuffer.wrap(value);
    try {
      if (in.get() != FORMAT) {
        throw damaged(sequence, null);
      }
      while (in.hasRemaining()) {
        byte kind = in.get();
        long ordinal = in.getLong();
        int n = in.getInt();
        boolean inserts = kind == INSERTS && n > 0;
        boolean other = (kind == UPDATE || kind == DELETE) && n >= 0 && n <= in.remaining();
        if (!inserts && !other) {
          throw damaged(sequence, null);
        }
        action.item(kind, ordinal, n, in);
        in.position(in.position() + (other ? n : 0));
      }
    } catch (BufferUnderflowException e) {
      throw damaged(sequence, e);
    }
  }

  private List<Change> decode(long sequence, byte[] value) {
    List<Change> changes = new ArrayList<>();
    walk(
        sequence,
        value,
        (kind, ordinal, n, in) -> {
          if (kind == INSERTS) {
            for (int k = 0; k < n; k++) {
              changes.add(new Change(ordinal + k, null, false));
            }
          } else {
            ByteBuffer prefix = in.slice(in.position(), n);
            changes.add(new Change(ordinal, codec.decodePrefix(prefix), kind == DELETE));
          }
        });
    return changes;
  }

  private static CorruptionException damaged(long sequence, Exception cause) {
    return new CorruptionException(
        "an entry of the change log is damaged",
        Map.of("family", Family.CHANGES.familyName(), "sequence", sequence),
        cause);
  }

  /**
   * The ordinals of one commit, or null where the log does not have it or it has more than {@code
   * most}.
   */
  public long[] ordinals(long sequence, int most) {
    byte[] value = storage.get(Family.CHANGES, Keys.number(sequence));
    if (value == null) {
      return null;
    }
    LongStream.Builder ordinals = LongStream.builder();
    long[] count = {0};
    boolean[] tooMany = {false};
    walk(
        sequence,
        value,
        (kind, ordinal, n, in) -> {
          int changed = kind == INSERTS ? n : 1;
          count[0] += changed;
          if (count[0] > most) {
            tooMany[0] = true;
            return;
          }
          for (int k = 0; k < changed; k++) {
            ordinals.add(ordinal + k);
          }
        });
    return tooMany[0] ? null : ordinals.build().toArray();
  }

  /** The first sequence in the log, or {@code Long.MAX_VALUE} for an empty one. */
  public long firstSequence() {
    try (StorageIterator it = storage.iterate(Family.CHANGES, null, null, null)) {
      it.first();
      return it.isValid() ? Keys.number(it.key()) : Long.MAX_VALUE;
    }
  }

  /** Feeds the commits {@code > after} in order. */
  public void forEach(long after, BiConsumer<Long, List<Change>> action) {
    try (StorageIterator it =
        storage.iterate(Family.CHANGES, Keys.number(after + 1), null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long sequence = Keys.number(it.key());
        action.accept(sequence, decode(sequence, it.value()));
      }
    }
  }
}
