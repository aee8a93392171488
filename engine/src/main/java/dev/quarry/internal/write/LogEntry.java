package dev.quarry.internal.write;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One entry of the change log: when, what for, by whom, and which tasks. How the tasks were before
 * stands in the history family. Runs of new tasks are one item.
 */
final class LogEntry {
  private static final byte FORMAT = 2;
  private static final int FIXED_BYTES = 1 + 8 + 8 + 1 + 2;
  private static final int ITEM_BYTES = 1 + 8 + 4;
  private static final int MAX_ACTOR_BYTES = 1_024;

  /** What happened to the tasks of an item. */
  enum Kind {
    /** Tasks of rising ordinals were added. */
    INSERT(1),
    /** A task was changed. */
    UPDATE(2),
    /** A task was removed. */
    DELETE(3),
    /** A task waits for more or less; itself it is as before. */
    WAIT(4);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    static Kind of(byte code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      return null;
    }
  }

  /** Receives the items of an entry. */
  @FunctionalInterface
  interface Item {
    /** {@code count} tasks from {@code ordinal} on. */
    void item(Kind kind, long ordinal, int count);
  }

  private final long sequence;
  private final ByteBuffer value;
  private final Instant at;
  private final long nextOrdinal;
  private final Action action;
  private final String actor;
  private final int items;

  /** Reads the entry of a sequence. */
  LogEntry(long sequence, byte[] bytes) {
    this.sequence = sequence;
    value = ByteBuffer.wrap(bytes);
    try {
      if (value.get() != FORMAT) {
        throw damaged(null);
      }
      long micros = value.getLong();
      at = dev.quarry.internal.codec.IndexedFields.instant(micros);
      nextOrdinal = value.getLong();
      action = Action.of(value.get());
      int length = value.getShort() & 0xFFFF;
      if (action == null || length > value.remaining()) {
        throw damaged(null);
      }
      actor = length == 0 ? null : new String(bytes, FIXED_BYTES, length, StandardCharsets.UTF_8);
      items = FIXED_BYTES + length;
    } catch (BufferUnderflowException e) {
      throw damaged(e);
    }
  }

  /** What is kept of an actor: its first characters. */
  static String kept(String actor) {
    if (actor == null || actor.length() * 3L <= MAX_ACTOR_BYTES) {
      return actor;
    }
    byte[] bytes = actor.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_ACTOR_BYTES) {
      return actor;
    }
    int end = MAX_ACTOR_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--; // inside a character
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  static byte[] encode(StagedCommit commit, long nextOrdinal) {
    byte[] actor =
        commit.actor() == null ? new byte[0] : commit.actor().getBytes(StandardCharsets.UTF_8);
    int length = actor.length;
    ByteArrayOutputStream out = new ByteArrayOutputStream(FIXED_BYTES + length + ITEM_BYTES);
    out.writeBytes(
        ByteBuffer.allocate(FIXED_BYTES)
            .put(FORMAT)
            .putLong(dev.quarry.internal.codec.IndexedFields.micros(commit.at()))
            .putLong(nextOrdinal)
            .put((byte) commit.action().code())
            .putShort((short) length)
            .array());
    out.write(actor, 0, length);
    List<Mutation> mutations = commit.mutations();
    int i = 0;
    while (i < mutations.size()) {
      int end = runEnd(mutations, i);
      Mutation first = mutations.get(i);
      Kind kind =
          first.isInsert() ? Kind.INSERT : first.after() == null ? Kind.DELETE : Kind.UPDATE;
      item(out, kind, first.ordinal(), end - i);
      i = end;
    }
    for (WaitChange wait : commit.waits()) {
      item(out, Kind.WAIT, wait.ordinal(), 1);
    }
    return out.toByteArray();
  }

  private static int runEnd(List<Mutation> mutations, int from) {
    Mutation first = mutations.get(from);
    int end = from + 1;
    while (first.isInsert()
        && end < mutations.size()
        && mutations.get(end).isInsert()
        && mutations.get(end).ordinal() == first.ordinal() + (end - from)) {
      end++;
    }
    return end;
  }

  private static void item(ByteArrayOutputStream out, Kind kind, long ordinal, int count) {
    out.writeBytes(
        ByteBuffer.allocate(ITEM_BYTES).put(kind.code).putLong(ordinal).putInt(count).array());
  }

  /** Whether it did more than move what tasks wait for, and facts beside them. */
  boolean changesTasks() {
    boolean[] changes = {false};
    forEach((kind, ordinal, count) -> changes[0] |= kind != Kind.WAIT);
    return changes[0];
  }

  void forEach(Item action) {
    ByteBuffer in = value.duplicate().position(items);
    while (in.hasRemaining()) {
      if (in.remaining() < ITEM_BYTES) {
        throw damaged(null);
      }
      Kind kind = Kind.of(in.get());
      long ordinal = in.getLong();
      int count = in.getInt();
      if (kind == null || ordinal < 0 || count < 1 || (kind != Kind.INSERT && count != 1)) {
        throw damaged(null);
      }
      action.item(kind, ordinal, count);
    }
  }

  long sequence() {
    return sequence;
  }

  Instant at() {
    return at;
  }

  /** The first ordinal that was not yet given out after the commit. */
  long nextOrdinal() {
    return nextOrdinal;
  }

  Action action() {
    return action;
  }

  String actor() {
    return actor;
  }

  private CorruptionException damaged(Exception cause) {
    return new CorruptionException(
        "an entry of the change log is damaged",
        Map.of("family", Family.CHANGES.familyName(), "sequence", sequence),
        cause);
  }
}
