package dev.quarry.tools.importing;

import dev.quarry.Task;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The {@code tasks.json} of task-master: lists of tasks by tag, or one list. The tag becomes the
 * project, and since ids are counted per tag, task 5 of tag {@code api} is {@code api/5} and its
 * second subtask {@code api/5.2}. Fields of a tag are kept with its last task.
 */
final class TaskMasterReader extends JsonReader {
  private static final String PREFIX = Dialect.TASK_MASTER.name() + ".";

  TaskMasterReader(ImportOptions options) {
    super(Dialect.TASK_MASTER, options);
  }

  @Override
  void root(Cursor c) throws IOException {
    JsonParser p = c.p;
    if (p.currentToken() != JsonToken.START_OBJECT) {
      c.sink.failed(c.file, c.line(), 0, "an object of tags, or of tasks, is expected");
      p.skipChildren();
      return;
    }
    Map<String, Object> beside = new LinkedHashMap<>();
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      long line = c.line();
      JsonToken value = p.nextToken();
      if (value == JsonToken.START_ARRAY && name.equals("tasks")) {
        tasks(c, null);
      } else if (value == JsonToken.START_OBJECT
          && !name.equals("metadata")
          && !name.equals("meta")) {
        tag(c, name, line);
      } else {
        c.field(beside, name, line);
      }
    }
    finish(c, beside, "file");
  }

  private void tag(Cursor c, String tag, long begin) {
    if (tag.indexOf('\ufffd') >= 0 && c.isBad(begin)) {
      c.p.skipChildren(); // its tasks would get a project of another name
      return;
    }
    Map<String, Object> beside = new LinkedHashMap<>();
    while (c.p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = c.p.currentName();
      long line = c.line();
      JsonToken value = c.p.nextToken();
      if (value == JsonToken.START_ARRAY && name.equals("tasks")) {
        tasks(c, tag);
      } else {
        c.field(beside, name, line);
      }
    }
    finish(c, beside, "tag");
  }

  /** Hands on what was held back, with the fields that stand beside the list. */
  private static void finish(Cursor c, Map<String, Object> beside, String owner) {
    if (c.held.isEmpty()) {
      beside.forEach((k, v) -> c.sink.lost(owner + "." + k));
      return;
    }
    TaskDraft last = c.held.get(0);
    beside.forEach((k, v) -> RecordMapper.keep(last, PREFIX + owner + "." + k, v));
    c.release();
  }

  private void tasks(Cursor c, String tag) {
    while (c.p.nextToken() != JsonToken.END_ARRAY) {
      long line = c.line();
      Map<String, Object> record = c.object();
      if (record != null) {
        c.release();
        add(c, tag, null, Set.of(), record, line);
      }
    }
  }

  /** Adds a task and its subtasks, the task first. */
  private void add(
      Cursor c,
      String tag,
      String parent,
      Set<String> siblings,
      Map<String, Object> record,
      long line) {
    Object id = record.remove("id");
    Object dependencies = record.remove("dependencies");
    Object subtasks = record.get("subtasks");
    List<Map<String, Object>> children = children(subtasks);
    if (children != null) {
      record.remove("subtasks");
    }
    if (id == null || id instanceof Map || id instanceof List || id.toString().isBlank()) {
      c.sink.failed(c.file, line, 0, "a task without id");
      return;
    }
    TaskDraft draft = mapper.map(record, c.file, line);
    String text = id.toString();
    String local = parent == null || text.startsWith(parent + ".") ? text : parent + "." + text;
    draft.id = full(tag, local);
    draft.keep(PREFIX + "id", text);
    if (tag != null && !tag.isEmpty() && tag.length() <= Task.MAX_NAME_CHARS) {
      if (draft.project != null) {
        draft.keep(PREFIX + "project", draft.project);
      }
      draft.project = tag;
    }
    if (parent != null) {
      draft.keep("parent", full(tag, parent));
    }
    RecordMapper.keep(draft, PREFIX + "dependencies", dependencies);
    if (dependencies instanceof List<?> list) {
      list.forEach(d -> depend(draft, tag, parent, siblings, String.valueOf(d)));
    }
    mapper.complete(draft, record);
    c.held.add(draft);
    if (children != null) {
      Set<String> ids =
          children.stream().map(r -> String.valueOf(r.get("id"))).collect(Collectors.toSet());
      for (Map<String, Object> child : children) {
        add(c, tag, local, ids, child, line);
      }
    }
  }

  private static void depend(
      TaskDraft draft, String tag, String parent, Set<String> siblings, String id) {
    boolean sibling = parent != null && id.indexOf('.') < 0 && siblings.contains(id);
    String full = full(tag, sibling ? parent + "." + id : id);
    if (!id.isEmpty() && full.length() <= Task.MAX_NAME_CHARS) {
      draft.dependencies.add(full);
    }
  }

  private static String full(String tag, String id) {
    return tag == null ? id : tag + "/" + id;
  }

  /** The subtasks, or null if there is anything but objects among them. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> children(Object subtasks) {
    if (!(subtasks instanceof List<?> list) || !list.stream().allMatch(s -> s instanceof Map)) {
      return null;
    }
    return (List<Map<String, Object>>) (List<?>) list;
  }
}
