package dev.quarry.internal.codec;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.KryoBufferOverflowException;
import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.LimitExceededException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.lifecycle.IdlePool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;

/**
 * Tasks as bytes and back; {@link RecordFormat} is the layout. Thread-safe, lock-free.
 *
 * <p>Every reading method takes a buffer on or off the heap, in any byte order, reads from position
 * to limit and leaves both alone; it throws {@link CorruptionException} for bytes that are no
 * record, whatever they are, and {@link FormatVersionException} for records of a newer release.
 * Nothing of the buffer is kept.
 */
public final class RecordCodec {
  private final IdlePool<Session> sessions = new IdlePool<>(Session::new);

  /** A codec; loads Kryo, so that no read has to. */
  public RecordCodec() {
    sessions.give(new Session());
  }

  /**
   * The record of a task with this version in place of its own.
   *
   * @throws IllegalArgumentException if the task is partial
   * @throws LimitExceededException if the record exceeds 2 GB
   */
  public byte[] encode(Task task, long version) {
    if (task.isPartial()) {
      throw new IllegalArgumentException("a partial task cannot be written: " + task.id());
    }
    Task stamped = task.version() == version ? task : task.toBuilder().version(version).build();
    Session session = sessions.take();
    byte[] record;
    try {
      record = session.write(stamped);
    } catch (KryoBufferOverflowException e) {
      throw new LimitExceededException("a record is too large", Map.of("id", task.id()), e);
    } finally {
      sessions.give(session);
    }
    int prefixEnd = RecordFormat.prefixEnd(record, 0, record.length);
    RecordFormat.seal(record, record.length, prefixEnd);
    return record;
  }

  /** The task of a record. */
  public Task decode(byte[] record) {
    return decode(record, 0, record.length);
  }

  /** The task of a record. */
  public Task decode(ByteBuffer record) {
    if (record.hasArray()) {
      return decode(record.array(), record.arrayOffset() + record.position(), record.remaining());
    }
    Session session = sessions.take();
    try {
      return decode(session, session.copy(record), 0, record.remaining());
    } finally {
      sessions.give(session);
    }
  }

  private Task decode(byte[] bytes, int offset, int size) {
    Session session = sessions.take();
    try {
      return decode(session, bytes, offset, size);
    } finally {
      sessions.give(session);
    }
  }

  private static Task decode(Session session, byte[] bytes, int offset, int size) {
    int prefixEnd = RecordFormat.prefixEnd(bytes, offset, size);
    RecordFormat.checkAll(bytes, offset, size, prefixEnd);
    try {
      return session.read(bytes, offset, size);
    } catch (KryoException e) {
      throw endsEarly(session.input(), e);
    } catch (IllegalArgumentException e) {
      throw invalid(session.input(), e);
    }
  }

  /**
   * A partial task: id, status, priority and the fields named; the others are absent, the title is
   * empty, the version 0. Reads the prefix only.
   */
  public Task decode(byte[] record, FieldSelection only) {
    return decode(ByteBuffer.wrap(record), only);
  }

  /**
   * A partial task: id, status, priority and the fields named; the others are absent, the title is
   * empty, the version 0. Reads the prefix only.
   */
  public Task decode(ByteBuffer record, FieldSelection only) {
    RecordInput in = prefix(record);
    try {
      IndexedFields.Draft fields = TaskSerializer.readDraft(in, only);
      Task.Builder task = TaskSerializer.start(fields, "").version(0).partial(true);
      task.createdAt(only.created ? IndexedFields.instantOrNull(fields.createdAt) : null);
      task.updatedAt(only.updated ? IndexedFields.instantOrNull(fields.updatedAt) : null);
      task.dueAt(only.due ? IndexedFields.instantOrNull(fields.dueAt) : null);
      task.completedAt(only.completed ? IndexedFields.instantOrNull(fields.completedAt) : null);
      task.estimatedHours(only.estimated ? IndexedFields.hoursOrNull(fields.estimatedHours) : null);
      task.actualHours(only.actual ? IndexedFields.hoursOrNull(fields.actualHours) : null);
      return task.build();
    } catch (KryoException e) {
      throw endsEarly(in, e);
    } catch (IllegalArgumentException e) {
      throw invalid(in, e);
    }
  }

  /** The indexed fields of a record; reads and checks the prefix only. */
  public IndexedFields indexed(byte[] record) {
    return indexed(ByteBuffer.wrap(record));
  }

  /** The indexed fields of a record; reads and checks the prefix only. */
  public IndexedFields indexed(ByteBuffer record) {
    RecordInput in = prefix(record);
    try {
      return TaskSerializer.readPrefix(in, FieldSelection.ALL);
    } catch (KryoException e) {
      throw endsEarly(in, e);
    }
  }

  /** The prefix of a record alone, with its own checksum, for {@link #decodePrefix}. */
  public byte[] indexedPrefix(byte[] record) {
    int prefixEnd = RecordFormat.prefixEnd(record, 0, record.length);
    RecordFormat.checkPrefix(record, 0, prefixEnd);
    return Arrays.copyOf(record, prefixEnd);
  }

  /** Whether two records of a task differ in their prefixes at most. */
  public static boolean sameBody(byte[] a, byte[] b) {
    int bodyA = RecordFormat.prefixEnd(a, 0, a.length) + RecordFormat.CRC_BYTES;
    int bodyB = RecordFormat.prefixEnd(b, 0, b.length) + RecordFormat.CRC_BYTES;
    return bodyA <= a.length
        && bodyB <= b.length
        && Arrays.equals(a, bodyA, a.length, b, bodyB, b.length);
  }

  /** The record of a prefix that stands alone and the body of another record of the same task. */
  public byte[] withBody(byte[] prefix, byte[] record) {
    int end = RecordFormat.prefixEnd(prefix, 0, prefix.length);
    RecordFormat.checkPrefix(prefix, 0, end);
    int from = RecordFormat.prefixEnd(record, 0, record.length);
    RecordFormat.checkAll(record, 0, record.length, from);
    byte[] joined = Arrays.copyOf(prefix, end + record.length - from);
    System.arraycopy(record, from, joined, end, record.length - from);
    RecordFormat.seal(joined, joined.length, end);
    return joined;
  }

  /** The indexed fields of a prefix that stands alone. */
  public IndexedFields decodePrefix(byte[] prefix) {
    return decodePrefix(ByteBuffer.wrap(prefix));
  }

  /** The indexed fields of a prefix that stands alone. */
  public IndexedFields decodePrefix(ByteBuffer prefix) {
    int end = RecordFormat.prefixEnd(prefix);
    if (end != prefix.remaining()) {
      throw new CorruptionException(
          "a record's prefix has bytes behind its end", Map.of("offset", end));
    }
    return indexed(prefix);
  }

  /** The status of a record, without a look at anything else but the format version. */
  public static Status status(byte[] record) {
    return status(ByteBuffer.wrap(record));
  }

  /** The status of a record, without a look at anything else but the format version. */
  public static Status status(ByteBuffer record) {
    int at = record.position();
    if (record.remaining() <= RecordFormat.PREFIX_OFFSET) {
      throw new CorruptionException(
          "a record is too short",
          Map.of("bytes", record.remaining(), "offset", record.remaining()));
    }
    RecordFormat.check(record.get(at));
    int code = record.get(at + RecordFormat.PREFIX_OFFSET);
    Status status = Codes.status(code);
    if (status == null) {
      throw new CorruptionException(
          "a record has an unknown status code",
          Map.of("code", code, "offset", RecordFormat.PREFIX_OFFSET));
    }
    return status;
  }

  /** The checked prefix of a record. */
  private static RecordInput prefix(ByteBuffer record) {
    int end = RecordFormat.prefixEnd(record);
    byte[] bytes;
    int offset;
    if (record.hasArray()) {
      bytes = record.array();
      offset = record.arrayOffset() + record.position();
    } else {
      bytes = new byte[end];
      offset = 0;
      record.get(record.position(), bytes);
    }
    RecordFormat.checkPrefix(bytes, offset, end);
    return new RecordInput(bytes, offset, end);
  }

  private static CorruptionException endsEarly(RecordInput in, KryoException cause) {
    return new CorruptionException(
        "a record ends before its last field", Map.of("offset", in.offset()), cause);
  }

  private static CorruptionException invalid(RecordInput in, IllegalArgumentException cause) {
    return new CorruptionException(
        "a record holds a value that no task can have", Map.of("offset", in.offset()), cause);
  }
}
