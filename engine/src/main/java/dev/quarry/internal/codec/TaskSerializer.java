package dev.quarry.internal.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import dev.quarry.Link;
import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes and reads the frame of {@link RecordFormat} field by field; no name of a class is ever
 * written. Leaves the checksums to the codec, which seals frames and checks them before they are
 * read. Stateless.
 */
final class TaskSerializer extends Serializer<Task> {
  private static final int HAS_PROJECT = 1;
  private static final int HAS_AGENT = 2;
  private static final int HAS_ASSIGNEE = 4;
  private static final int HAS_DESCRIPTION = 1;
  private static final int HAS_NOTES = 2;
  private static final int HAS_LINKS = 4;

  /** What the builder accepts: microseconds within 9e12 seconds of 1970. */
  private static final long MAX_MICROS = 9_000_000_000_000_999_999L;

  TaskSerializer() {
    super(false, true);
  }

  @Override
  public void write(Kryo kryo, Output plain, Task task) {
    RecordOutput out = (RecordOutput) plain;
    out.writeByte(RecordFormat.current().code());
    out.writeInt(0);
    out.writeInt(0);
    writePrefix(out, task);
    out.patchInt(RecordFormat.LENGTH_OFFSET, out.position() - RecordFormat.PREFIX_OFFSET);
    out.writeInt(0);
    writeBody(out, task);
  }

  private static void writePrefix(RecordOutput out, Task task) {
    out.writeByte(Codes.of(task.status()));
    out.writeByte(Codes.of(task.priority()));
    int flags = task.project() == null ? 0 : HAS_PROJECT;
    flags |= task.agent() == null ? 0 : HAS_AGENT;
    flags |= task.assignee() == null ? 0 : HAS_ASSIGNEE;
    out.writeByte(flags);
    out.writeLong(task.version());
    out.writeLong(IndexedFields.microsOrNone(task.createdAt()));
    out.writeLong(IndexedFields.microsOrNone(task.updatedAt()));
    out.writeLong(IndexedFields.microsOrNone(task.dueAt()));
    out.writeLong(IndexedFields.microsOrNone(task.completedAt()));
    out.writeDouble(IndexedFields.hoursOrNone(task.estimatedHours()));
    out.writeDouble(IndexedFields.hoursOrNone(task.actualHours()));
    out.writeText(task.id());
    writeOptional(out, task.project());
    writeOptional(out, task.agent());
    writeOptional(out, task.assignee());
    writeList(out, task.tags());
    Map<String, String> attributes = task.attributes();
    out.writeVarInt(attributes.size(), true);
    if (!attributes.isEmpty()) {
      for (Map.Entry<String, String> entry : attributes.entrySet()) {
        out.writeText(entry.getKey());
        out.writeText(entry.getValue());
      }
    }
  }

  private static void writeBody(RecordOutput out, Task task) {
    int flags = task.description() == null ? 0 : HAS_DESCRIPTION;
    flags |= task.notes() == null ? 0 : HAS_NOTES;
    flags |= task.links().isEmpty() ? 0 : HAS_LINKS;
    out.writeByte(flags);
    out.writeText(task.title());
    writeOptional(out, task.description());
    writeOptional(out, task.notes());
    writeList(out, task.dependencies());
    if (!task.links().isEmpty()) {
      out.writeVarInt(task.links().size(), true);
      for (Link link : task.links()) {
        out.writeByte(Codes.of(link.type()));
        out.writeText(link.target());
      }
    }
  }

  private static List<Link> readLinks(RecordInput in) {
    int count = in.readCount(2);
    List<Link> links = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Link.Type type = Codes.linkType(in.readByte());
      if (type == null) {
        throw in.corrupt("a record has an unknown type of link");
      }
      links.add(new Link(type, in.readName()));
    }
    return links;
  }

  private static void writeOptional(RecordOutput out, String text) {
    if (text != null) {
      out.writeText(text);
    }
  }

  private static void writeList(RecordOutput out, List<String> texts) {
    int size = texts.size();
    out.writeVarInt(size, true);
    for (int i = 0; i < size; i++) {
      out.writeText(texts.get(i));
    }
  }

  @Override
  public Task read(Kryo kryo, Input plain, Class<? extends Task> type) {
    RecordInput in = (RecordInput) plain;
    IndexedFields.Draft fields = readDraft(in, FieldSelection.ALL);
    in.skip(RecordFormat.CRC_BYTES);
    int flags = readFlags(in, HAS_DESCRIPTION | HAS_NOTES | HAS_LINKS);
    String title = in.readText();
    return start(fields, title)
        .createdAt(IndexedFields.instantOrNull(fields.createdAt))
        .updatedAt(IndexedFields.instantOrNull(fields.updatedAt))
        .dueAt(IndexedFields.instantOrNull(fields.dueAt))
        .completedAt(IndexedFields.instantOrNull(fields.completedAt))
        .estimatedHours(IndexedFields.hoursOrNull(fields.estimatedHours))
        .actualHours(IndexedFields.hoursOrNull(fields.actualHours))
        .description((flags & HAS_DESCRIPTION) == 0 ? null : in.readText())
        .notes((flags & HAS_NOTES) == 0 ? null : in.readText())
        .dependencies(in.readNames())
        .links((flags & HAS_LINKS) == 0 ? List.of() : readLinks(in))
        .build();
  }

  /** A builder with what stands in the prefix but times and hours, which cost objects. */
  static Task.Builder start(IndexedFields.Draft fields, String title) {
    return Task.builder(fields.id, title)
        .version(fields.version)
        .status(fields.status)
        .priority(fields.priority)
        .project(fields.project)
        .agent(fields.agent)
        .assignee(fields.assignee)
        .tags(fields.tags)
        .attributes(fields.attributes);
  }

  /** Reads a frame from its start to the end of its prefix, whose checksum has been checked. */
  static IndexedFields readPrefix(RecordInput in, FieldSelection selection) {
    return new IndexedFields(readDraft(in, selection));
  }

  /** The same, for a task: it needs the fields for a moment only, so nothing is made of them. */
  static IndexedFields.Draft readDraft(RecordInput in, FieldSelection selection) {
    in.skip(RecordFormat.LENGTH_OFFSET);
    int end = in.readInt() + RecordFormat.PREFIX_OFFSET;
    IndexedFields.Draft draft = new IndexedFields.Draft();
    draft.status = readStatus(in);
    draft.priority = readPriority(in);
    int flags = readFlags(in, HAS_PROJECT | HAS_AGENT | HAS_ASSIGNEE);
    draft.version = in.readLong();
    draft.createdAt = readTime(in);
    draft.updatedAt = readTime(in);
    draft.dueAt = readTime(in);
    draft.completedAt = readTime(in);
    draft.estimatedHours = readHours(in);
    draft.actualHours = readHours(in);
    draft.id = in.readName();
    draft.project = readOptional(in, flags & HAS_PROJECT, selection.project);
    draft.agent = readOptional(in, flags & HAS_AGENT, selection.agent);
    draft.assignee = readOptional(in, flags & HAS_ASSIGNEE, selection.assignee);
    if (selection.tags) {
      draft.tags = in.readNames();
    } else {
      in.skipTexts(in.readCount(2));
    }
    draft.attributes = readAttributes(in, selection, end);
    if (in.offset() != end) {
      throw in.corrupt("a record's prefix has another length than it says");
    }
    return draft;
  }

  private static PairMap readAttributes(RecordInput in, FieldSelection selection, int end) {
    int count = in.readCount(3);
    if (count == 0) {
      return PairMap.EMPTY;
    }
    if (!selection.anyAttribute) {
      in.setPosition(in.position() + Math.max(0, end - in.offset()));
      return PairMap.EMPTY;
    }
    List<String> some = selection == FieldSelection.ALL ? null : new ArrayList<>();
    String[] all = some == null ? new String[2 * count] : null;
    String last = "";
    for (int i = 0; i < count; i++) {
      String name = in.readName();
      if (name.compareTo(last) <= 0) {
        throw in.corrupt("a record's attributes are out of order");
      }
      last = name;
      if (all != null) {
        all[2 * i] = name;
        all[2 * i + 1] = in.readText();
      } else if (selection.attribute(name)) {
        some.add(name);
        some.add(in.readText());
      } else {
        in.skipText();
      }
    }
    return new PairMap(all != null ? all : some.toArray(new String[0]));
  }

  private static Status readStatus(RecordInput in) {
    Status status = Codes.status(in.readByte());
    if (status == null) {
      throw in.corrupt("a record has an unknown status code");
    }
    return status;
  }

  private static Priority readPriority(RecordInput in) {
    Priority priority = Codes.priority(in.readByte());
    if (priority == null) {
      throw in.corrupt("a record has an unknown priority code");
    }
    return priority;
  }

  private static int readFlags(RecordInput in, int known) {
    int flags = in.readByte();
    if ((flags & ~known) != 0) {
      throw in.corrupt("a record has unknown flags");
    }
    return flags;
  }

  private static long readTime(RecordInput in) {
    long time = in.readLong();
    if (time != IndexedFields.NO_TIME && (time > MAX_MICROS || time < -MAX_MICROS)) {
      throw in.corrupt("a time in the record is out of range");
    }
    return time;
  }

  private static double readHours(RecordInput in) {
    double hours = in.readDouble();
    if (Double.isInfinite(hours)) {
      throw in.corrupt("hours in the record are infinite");
    }
    return hours;
  }

  private static String readOptional(RecordInput in, int present, boolean wanted) {
    if (present == 0) {
      return null;
    }
    if (wanted) {
      return in.readName();
    }
    in.skipText();
    return null;
  }
}
