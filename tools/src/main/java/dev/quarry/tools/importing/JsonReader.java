package dev.quarry.tools.importing;

import dev.quarry.tools.format.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;

/**
 * JSON arrays of objects, also inside an object ({@code {"tasks": [...]}}), objects one after the
 * other, and objects of objects by id; element by element. Fields beside the array are kept with
 * the last record as {@code board.<name>}.
 */
class JsonReader implements RecordReader {
  static final Set<String> LISTS =
      Set.of("tasks", "items", "issues", "data", "todos", "cards", "records", "results");

  final RecordMapper mapper;

  JsonReader(Dialect dialect, ImportOptions options) {
    mapper = new RecordMapper(dialect, options.zone());
  }

  /** The reading of one file. */
  static class Cursor {
    final String file;
    final RecordSink sink;
    final JsonParser p;
    private final Utf8Reader reader;
    private final String notDecoded;

    /** Drafts that wait for what stands behind them. */
    final List<TaskDraft> held = new ArrayList<>();

    Cursor(SourceFile source, RecordSink sink) {
      file = source.name();
      this.sink = sink;
      reader = new Utf8Reader(source.bytes());
      notDecoded = source.notDecoded();
      p = Json.parser(reader);
    }

    /** Hands on what was held back. */
    void release() {
      List<TaskDraft> drafts = List.copyOf(held);
      held.clear();
      drafts.forEach(sink::accept);
    }

    long line() {
      return p.currentTokenLocation().getLineNr();
    }

    /** Whether what was read since a line began has bytes of no character, which is reported. */
    boolean isBad(long since) {
      reader.forgetBefore(since);
      long bad = reader.firstBad(since, p.currentLocation().getLineNr());
      if (bad > 0) {
        sink.failed(file, bad, 0, notDecoded);
      }
      return bad > 0;
    }

    /**
     * Reads the value of a field into a map; whether it could be, else it is reported.
     *
     * @param since the line of its name
     */
    boolean field(Map<String, Object> map, String name, long since) {
      try {
        Object value = Json.readTree(p);
        if (isBad(since)) {
          return false;
        }
        Json.put(map, name, value);
        return true;
      } catch (IllegalArgumentException e) {
        sink.failed(file, since, 0, name + ": " + e.getMessage());
        return false;
      }
    }

    /** The object at the current token, or null if it is refused, which is reported. */
    @SuppressWarnings("unchecked")
    Map<String, Object> object() {
      long line = line();
      try {
        Object tree = Json.readTree(p);
        if (isBad(line)) {
          return null;
        } else if (tree instanceof Map<?, ?>) {
          return (Map<String, Object>) tree;
        } else {
          sink.failed(file, line, 0, "a JSON object is expected");
        }
      } catch (IllegalArgumentException e) {
        sink.failed(file, line, 0, e.getMessage());
      }
      return null;
    }
  }

  @Override
  public final void read(SourceFile file, RecordSink sink) throws IOException {
    Cursor c = new Cursor(file, sink);
    try (JsonParser p = c.p) {
      while (p.nextToken() != null) {
        root(c);
      }
    } catch (JacksonException e) {
      c.release();
      TokenStreamLocation at = e.getLocation() == null ? c.p.currentLocation() : e.getLocation();
      sink.problem(
          file.name(),
          Math.max(0, at.getLineNr()),
          Math.max(0, at.getColumnNr()),
          e.getOriginalMessage() + "; the rest of the file cannot be read");
    }
  }

  /** Reads one value at the top. */
  void root(Cursor c) throws IOException {
    if (c.p.currentToken() == JsonToken.START_ARRAY) {
      array(c, false);
    } else if (c.p.currentToken() == JsonToken.START_OBJECT) {
      wrapper(c);
    } else {
      c.sink.failed(c.file, c.line(), 0, "a JSON object is expected");
    }
  }

  /** Hands on the elements of an array; the last one may be held back. */
  private void array(Cursor c, boolean hold) {
    while (c.p.nextToken() != JsonToken.END_ARRAY) {
      long line = c.line();
      Map<String, Object> record = c.object();
      if (record != null) {
        c.release();
        c.held.add(draft(record, c.file, line));
        if (!hold) {
          c.release();
        }
      }
    }
  }

  private void wrapper(Cursor c) throws IOException {
    long line = c.line();
    Map<String, Object> beside = new LinkedHashMap<>();
    boolean list = false;
    boolean whole = true;
    while (c.p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = c.p.currentName();
      long at = c.line();
      JsonToken value = c.p.nextToken();
      if (value == JsonToken.START_ARRAY && LISTS.contains(name) && !list) {
        list = true;
        array(c, true);
      } else {
        whole &= c.field(beside, name, at);
      }
    }
    if (list) {
      finish(c, beside);
    } else if (!beside.isEmpty() && beside.values().stream().allMatch(v -> v instanceof Map)) {
      beside.forEach((id, value) -> entry(c, id, value, line));
    } else if (whole) {
      c.sink.accept(draft(beside, c.file, line));
    }
  }

  private static void finish(Cursor c, Map<String, Object> beside) {
    if (c.held.isEmpty()) {
      beside.keySet().forEach(c.sink::lost);
      return;
    }
    beside.forEach((k, v) -> RecordMapper.keep(c.held.get(0), "board." + k, v));
    c.release();
  }

  private void entry(Cursor c, String id, Object value, long line) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("id", id);
    ((Map<?, ?>) value).forEach((k, v) -> Json.put(record, (String) k, v));
    c.sink.accept(draft(record, c.file, line));
  }

  /** The draft of one record. */
  TaskDraft draft(Map<String, Object> record, String file, long line) {
    TaskDraft draft = mapper.mapExact(record, file, line);
    if (!record.containsKey("status")
        && (Boolean.TRUE.equals(record.get("done"))
            || Boolean.TRUE.equals(record.get("completed")))) {
      draft.status = dev.quarry.Status.DONE;
    }
    mapper.complete(draft, record);
    return draft;
  }
}
