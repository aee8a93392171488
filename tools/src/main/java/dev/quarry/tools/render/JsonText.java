package dev.quarry.tools.render;

import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON text of maps, collections, strings, numbers and booleans; everything else as its {@code
 * toString} text. Entries without a value are left out.
 */
public final class JsonText {
  private JsonText() {}

  /** The text of a value, on one line. */
  public static String of(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = Factory.SHARED.createGenerator(ObjectWriteContext.empty(), text)) {
      write(json, value);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Object value) {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (entry.getValue() != null) {
          json.writeName(entry.getKey().toString());
          write(json, entry.getValue());
        }
      }
      json.writeEndObject();
    } else if (value instanceof Collection<?> items) {
      json.writeStartArray();
      for (Object item : items) {
        write(json, item);
      }
      json.writeEndArray();
    } else if (value instanceof Boolean b) {
      json.writeBoolean(b);
    } else if (value instanceof Double d) {
      writeDouble(json, d);
    } else if (value instanceof Number n) {
      json.writeNumber(n.longValue());
    } else {
      json.writeString(value.toString());
    }
  }

  private static void writeDouble(JsonGenerator json, double value) {
    if (Double.isFinite(value)) {
      json.writeNumber(new BigDecimal(Values.number(value)));
    } else {
      json.writeNull();
    }
  }

  /** Loaded only when JSON is written. */
  private static final class Factory {
    static final JsonFactory SHARED = new JsonFactory();
  }
}
