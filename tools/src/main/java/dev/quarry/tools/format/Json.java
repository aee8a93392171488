package dev.quarry.tools.format;

import java.io.Reader;
import java.io.StringWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON parsers, generators and trees with limits. A tree consists of {@code Map<String, Object>} in
 * source order, {@code List<Object>}, {@code String}, {@link JsonNumber}, {@code Boolean} and null.
 */
public final class Json {
  /** The deepest nesting of a record. */
  public static final int MAX_DEPTH = 100;

  /** The most characters of one record's names and values: 64 million, less in a small heap. */
  public static final int MAX_RECORD_CHARS = withinHeap(64 << 20);

  // the parser itself allows more depth, so that a record that is too deep can be stepped over
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10_000)
                  .maxStringLength(MAX_RECORD_CHARS)
                  .maxNameLength(1 << 20)
                  .maxNumberLength(10_000)
                  .build())
          .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  private Json() {}

  /** A size of one piece of text, or an eighth of the heap if that is less. */
  public static int withinHeap(int size) {
    return (int) Math.min(size, Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 8));
  }

  /** A parser of a text. */
  public static JsonParser parser(String text) {
    return FACTORY.createParser(ObjectReadContext.empty(), text);
  }

  /** A parser of a reader, which it does not close. */
  public static JsonParser parser(Reader reader) {
    return FACTORY.createParser(ObjectReadContext.empty(), reader);
  }

  /** A generator of compact JSON, which closes no writer. */
  public static JsonGenerator generator(Writer writer) {
    return FACTORY.createGenerator(ObjectWriteContext.empty(), writer);
  }

  /**
   * Reads one value of a text.
   *
   * @throws JacksonException if the text is not one JSON value
   * @throws IllegalArgumentException if it breaks a limit or has more after the value
   */
  public static Object parse(String text) {
    try (JsonParser p = parser(text)) {
      p.nextToken();
      Object tree = readTree(p);
      if (p.nextToken() != null) {
        throw new IllegalArgumentException("more text after the JSON value");
      }
      return tree;
    }
  }

  /**
   * Reads the value at the parser's current token. On a broken limit the value is stepped over, so
   * that reading can go on behind it.
   *
   * @throws IllegalArgumentException if it is nested deeper than {@link #MAX_DEPTH} or longer than
   *     {@link #MAX_RECORD_CHARS}
   */
  public static Object readTree(JsonParser p) {
    if (p.currentToken() == null) {
      throw new IllegalArgumentException("a JSON value is expected");
    }
    int depth = p.streamReadContext().getNestingDepth();
    boolean structure = p.currentToken().isStructStart();
    try {
      return new TreeReader(p).value(0);
    } catch (LimitException e) {
      // step on until the structure that began here has ended
      while (structure && p.streamReadContext().getNestingDepth() >= depth) {
        if (p.nextToken() == null) {
          break;
        }
      }
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The tree as compact JSON. */
  public static String toText(Object tree) {
    StringWriter out = new StringWriter();
    try (JsonGenerator g = generator(out)) {
      write(g, tree);
    }
    return out.toString();
  }

  /** Writes a tree. */
  public static void write(JsonGenerator g, Object tree) {
    if (tree == null) {
      g.writeNull();
    } else if (tree instanceof Map<?, ?> map) {
      g.writeStartObject();
      map.forEach(
          (k, v) -> {
            g.writeName((String) k);
            write(g, v);
          });
      g.writeEndObject();
    } else if (tree instanceof List<?> list) {
      g.writeStartArray();
      list.forEach(v -> write(g, v));
      g.writeEndArray();
    } else if (tree instanceof Boolean b) {
      g.writeBoolean(b);
    } else if (tree instanceof JsonNumber n) {
      g.writeRawValue(n.text());
    } else {
      g.writeString(tree.toString());
    }
  }

  /** A broken limit; caught where the value began. */
  private static final class LimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LimitException(String message) {
      super(message);
    }
  }

  /** Reads one tree and counts its characters. */
  private static final class TreeReader {
    private final JsonParser p;
    private long chars;

    TreeReader(JsonParser p) {
      this.p = p;
    }

    Object value(int depth) {
      count(16);
      return switch (p.currentToken()) {
        case START_OBJECT -> object(depth + 1);
        case START_ARRAY -> array(depth + 1);
        case VALUE_NULL -> null;
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(p.getString());
        default -> text();
      };
    }

    private String text() {
      String text = p.getString();
      count(text.length());
      return text;
    }

    private Map<String, Object> object(int depth) {
      checkDepth(depth);
      Map<String, Object> map = new LinkedHashMap<>();
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String name = p.currentName();
        count(name.length());
        p.nextToken();
        put(map, name, value(depth));
      }
      return map;
    }

    private List<Object> array(int depth) {
      checkDepth(depth);
      List<Object> list = new ArrayList<>();
      while (p.nextToken() != JsonToken.END_ARRAY) {
        list.add(value(depth));
      }
      return list;
    }

    private static void checkDepth(int depth) {
      if (depth > MAX_DEPTH) {
        throw new LimitException("nested deeper than " + MAX_DEPTH);
      }
    }

    private void count(int n) {
      chars += n;
      if (chars > MAX_RECORD_CHARS) {
        throw new LimitException("longer than " + MAX_RECORD_CHARS + " characters");
      }
    }
  }

  /** Adds an entry; where the name is there already, the last counts and the others are kept. */
  public static void put(Map<String, Object> map, String name, Object value) {
    if (map.containsKey(name)) {
      map.put(freeName(map, name), map.get(name));
    }
    map.put(name, value);
  }

  /** The name, or where it is taken the name with a number. */
  public static String freeName(Map<String, ?> map, String name) {
    if (!map.containsKey(name)) {
      return name;
    }
    // by halving, for a hostile file repeats one name as often as fits in a record
    int most = map.size() + 2; // of that many numbers one is free
    int taken = 1;
    int free = 2;
    while (free < most && map.containsKey(name + "#" + free)) {
      taken = free;
      free *= 2;
    }
    while (map.containsKey(name + "#" + free)) {
      free++; // names that look like ours are in the way
    }
    while (free - taken > 1) {
      int middle = (taken + free) / 2;
      if (map.containsKey(name + "#" + middle)) {
        taken = middle;
      } else {
        free = middle;
      }
    }
    return name + "#" + free;
  }
}
