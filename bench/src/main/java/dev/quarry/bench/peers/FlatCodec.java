package dev.quarry.bench.peers;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A task as hand-laid bytes: what may change alone stands at fixed places in front, texts behind,
 * each with its length. Stateless.
 *
 * <p>Layout: status (1), priority (1), created, updated, due, completed (8 each, microseconds, the
 * least long for none), estimated and actual hours (8 each, NaN for none), then id, project, title,
 * description, notes, agent, assignee (4 bytes of length, -1 for none, UTF-8), then tags,
 * dependencies and attributes (4 bytes of count, then texts).
 */
public final class FlatCodec {
  private static final int AT_STATUS = 0;
  private static final int AT_UPDATED = 10;
  private static final int AT_COMPLETED = 26;
  private static final int FIXED = 50;
  private static final int TEXTS = 7;
  private static final Status[] STATUSES = Status.values();
  private static final Priority[] PRIORITIES = Priority.values();
  private static final long NONE = Long.MIN_VALUE;

  private FlatCodec() {}

  /** The bytes of a task. */
  public static byte[] encode(Task task) {
    List<byte[]> texts = new ArrayList<>();
    int size = FIXED + TEXTS * Integer.BYTES + 3 * Integer.BYTES;
    size += text(texts, task.id());
    size += text(texts, task.project());
    size += text(texts, task.title());
    size += text(texts, task.description());
    size += text(texts, task.notes());
    size += text(texts, task.agent());
    size += text(texts, task.assignee());
    size += texts(texts, task.tags());
    size += texts(texts, task.dependencies());
    for (Map.Entry<String, String> attribute : task.attributes().entrySet()) {
      size += texts(texts, List.of(attribute.getKey(), attribute.getValue()));
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put((byte) task.status().ordinal()).put((byte) task.priority().ordinal());
    out.putLong(micros(task.createdAt())).putLong(micros(task.updatedAt()));
    out.putLong(micros(task.dueAt())).putLong(micros(task.completedAt()));
    out.putDouble(task.estimatedHours() == null ? Double.NaN : task.estimatedHours());
    out.putDouble(task.actualHours() == null ? Double.NaN : task.actualHours());
    int next = put(out, texts, 0, TEXTS);
    out.putInt(task.tags().size());
    next = put(out, texts, next, task.tags().size());
    out.putInt(task.dependencies().size());
    next = put(out, texts, next, task.dependencies().size());
    out.putInt(task.attributes().size());
    put(out, texts, next, 2 * task.attributes().size());
    return out.array();
  }

  private static int text(List<byte[]> texts, String value) {
    byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    texts.add(bytes);
    return bytes == null ? 0 : bytes.length;
  }

  private static int texts(List<byte[]> texts, Collection<String> values) {
    int size = 0;
    for (String value : values) {
      size += text(texts, value) + Integer.BYTES;
    }
    return size;
  }

  private static int put(ByteBuffer out, List<byte[]> texts, int from, int count) {
    for (int i = from; i < from + count; i++) {
      byte[] bytes = texts.get(i);
      out.putInt(bytes == null ? -1 : bytes.length);
      if (bytes != null) {
        out.put(bytes);
      }
    }
    return from + count;
  }

  /** The task of bytes. */
  public static Task decode(byte[] record) {
    return decode(ByteBuffer.wrap(record));
  }

  /** The task of the bytes that remain in a buffer, from its position on. */
  public static Task decode(ByteBuffer in) {
    Status status = STATUSES[in.get()];
    Priority priority = PRIORITIES[in.get()];
    Instant created = instant(in.getLong());
    Instant updated = instant(in.getLong());
    Instant due = instant(in.getLong());
    Instant completed = instant(in.getLong());
    double estimated = in.getDouble();
    double actual = in.getDouble();
    String id = text(in);
    String project = text(in);
    String title = text(in);
    return Task.builder(id, title)
        .project(project)
        .description(text(in))
        .notes(text(in))
        .agent(text(in))
        .assignee(text(in))
        .status(status)
        .priority(priority)
        .createdAt(created)
        .updatedAt(updated)
        .dueAt(due)
        .completedAt(completed)
        .estimatedHours(Double.isNaN(estimated) ? null : (Double) estimated)
        .actualHours(Double.isNaN(actual) ? null : (Double) actual)
        .tags(texts(in))
        .dependencies(texts(in))
        .attributes(attributes(in))
        .build();
  }

  /** The status in bytes, without decoding more. */
  public static Status status(byte[] record) {
    return STATUSES[record[AT_STATUS]];
  }

  /** Changes the status in bytes, as {@link Peers#withStatus} does to a task. */
  public static byte[] withStatus(byte[] record, Status status, Instant now) {
    byte[] changed = record.clone();
    ByteBuffer out = ByteBuffer.wrap(changed);
    if (status == Status.DONE) {
      out.putLong(AT_COMPLETED, micros(now));
    } else if (status(record) == Status.DONE) {
      out.putLong(AT_COMPLETED, NONE);
    }
    out.put(AT_STATUS, (byte) status.ordinal()).putLong(AT_UPDATED, micros(now));
    return changed;
  }

  /** Microseconds since 1970; the least long for null. */
  public static long micros(Instant time) {
    return time == null ? NONE : time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
  }

  /** The instant of {@link #micros}. */
  public static Instant instant(long micros) {
    return micros == NONE
        ? null
        : Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000), Math.floorMod(micros, 1_000_000) * 1_000L);
  }

  private static String text(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0) {
      return null;
    }
    if (in.hasArray()) {
      String text =
          new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
      in.position(in.position() + length);
      return text;
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static List<String> texts(ByteBuffer in) {
    int count = in.getInt();
    List<String> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(text(in));
    }
    return values;
  }

  private static Map<String, String> attributes(ByteBuffer in) {
    int count = in.getInt();
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = text(in);
      values.put(name, text(in));
    }
    return values;
  }
}
