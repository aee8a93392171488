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
      read(in, action);
    }
  }

  /** Feeds the next item. */
  private void read(ByteBuffer in, Item action) {
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

  /**
   * Feeds at most so many of the tasks that the commit changed, from a place in it on, which moves
   * behind them. Then looks at what follows up to the next, and says whether there is none.
   *
   * @param looked run for each item that is looked at
   */
  boolean forSome(LogPlace place, int most, Runnable looked, Item action) {
    Walk walk = new Walk(place, most, looked, action);
    while (walk.in.hasRemaining() && !walk.isFull) {
      walk.next();
    }
    return walk.end();
  }

  /** Of {@link #forSome}. */
  private final class Walk implements Item {
    private final LogPlace place;
    private final int most;
    private final Runnable looked;
    private final Item action;
    private final ByteBuffer in = value.duplicate();

    /** Tasks still to be passed over. */
    private int toSkip;

    private int fed;
    private int start;
    private int inItem;
    private boolean isFull;

    Walk(LogPlace place, int most, Runnable looked, Item action) {
      this.place = place;
      this.looked = looked;
      this.action = action;
      this.most = most;
      toSkip = place.item() == LogPlace.UNKNOWN ? place.changes() : place.inItem();
      in.position(place.item() > 0 ? place.item() : items);
    }

    void next() {
      looked.run();
      start = in.position();
      read(in, this);
    }

    @Override
    public void item(Kind kind, long ordinal, int count) {
      if (kind == Kind.WAIT) {
        return;
      }
      int skipped = Math.min(toSkip, count);
      int wanted = Math.min(most - fed, count - skipped);
      toSkip -= skipped;
      if (wanted > 0) {
        action.item(kind, ordinal + skipped, wanted);
        fed += wanted;
      }
      inItem = skipped + wanted;
      isFull = inItem < count;
    }

    /** Moves the place, only now that nothing has failed; whether there are no more tasks. */
    boolean end() {
      if (toSkip > 0) {
        throw damaged(null); // who gave the place has seen more tasks
      }
      if (isFull) {
        place.pass(fed, start, inItem);
      } else {
        place.moveTo(sequence);
      }
      return !isFull;
    }
  }

  long sequence() {
    return sequence;
  }

  int bytes() {
    return value.capacity();
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
