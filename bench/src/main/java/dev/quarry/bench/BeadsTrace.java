package dev.quarry.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A reader of the recorded history of a real issue tracker: JSON lines, gzipped when the name ends
 * in {@code .gz}, each {@code {"t": seconds, "op": "create|status|edit|touch", "id": ..., "set":
 * {...}}}. Reads as it goes and holds one burst at a time. Not thread-safe; close it.
 */
public final class BeadsTrace implements AutoCloseable {
  private final JsonParser json;
  private TraceEvent ahead;

  /** Opens a trace. */
  public BeadsTrace(Path file) {
    try {
      InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
      try {
        boolean zipped = file.toString().endsWith(".gz");
        InputStream plain = zipped ? new GZIPInputStream(in, 1 << 16) : in;
        json = JsonFactory.builder().build().createParser(ObjectReadContext.empty(), plain);
      } catch (IOException | RuntimeException e) {
        in.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next event, or null at the end. */
  public TraceEvent next() {
    TraceEvent event = ahead == null ? read() : ahead;
    ahead = null;
    return event;
  }

  /** The next events of equal time; an empty list at the end. */
  public List<TraceEvent> nextBurst() {
    List<TraceEvent> burst = new ArrayList<>();
    TraceEvent event = next();
    while (event != null && (burst.isEmpty() || burst.get(0).time() == event.time())) {
      burst.add(event);
      event = read();
    }
    ahead = event;
    return burst;
  }

  private TraceEvent read() {
    if (json.nextToken() == null) {
      return null;
    }
    long time = 0;
    String kind = null;
    String id = null;
    Map<String, Object> fields = Map.of();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "t" -> time = json.getLongValue();
        case "op" -> kind = json.getString();
        case "id" -> id = json.getString();
        case "set" -> fields = object();
        default -> json.skipChildren();
      }
    }
    if (kind == null || id == null) {
      throw new IllegalArgumentException("an event of the trace lacks its op or id");
    }
    return new TraceEvent(
        time,
        TraceEvent.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
        id,
        new TraceEdit(Collections.unmodifiableMap(fields)));
  }

  private Map<String, Object> object() {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      JsonToken token = json.nextToken();
      if (token == JsonToken.START_ARRAY) {
        fields.put(name, array());
      } else if (token == JsonToken.START_OBJECT) {
        json.skipChildren();
      } else {
        fields.put(name, token == JsonToken.VALUE_NULL ? null : json.getString());
      }
    }
    return fields;
  }

  /** Texts as they are; of objects (dependencies, comments) the id or text that they carry. */
  private List<String> array() {
    List<String> values = new ArrayList<>();
    JsonToken token = json.nextToken();
    while (token != JsonToken.END_ARRAY) {
      if (token == JsonToken.START_OBJECT) {
        Map<String, Object> object = object();
        Object value = object.getOrDefault("depends_on_id", object.get("text"));
        if (value instanceof String text) {
          values.add(text);
        }
      } else if (token == JsonToken.START_ARRAY) {
        json.skipChildren();
      } else {
        values.add(json.getString());
      }
      token = json.nextToken();
    }
    return Collections.unmodifiableList(values);
  }

  @Override
  public void close() {
    json.close();
  }
}
