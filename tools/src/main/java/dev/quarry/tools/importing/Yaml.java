package dev.quarry.tools.importing;

import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.JsonNumber;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML as JSON trees, event by event. Plain scalars that are JSON numbers, booleans or null
 * are those; everything else is text as written, so {@code 1.10}, dates and {@code 007} lose
 * nothing. Tags are ignored. Nesting, size and what aliases expand to are limited.
 */
final class Yaml {
  private static final int MIN_BUFFER = 64;
  private static final int MAX_BUFFER = 8_192;
  private static final int MAX_NODES = 1_000_000;

  /** Of the keys above a value of a file of settings, with theirs. */
  private static final int MAX_PATH_CHARS = 200;

  /** Of a key that is a mapping or a list, as text; what it quotes doubles with each such key. */
  private static final int MAX_KEY_CHARS = 1_000;

  private static final int MAX_ALIASED_NODES = 10_000;
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");

  private final Iterator<Event> events;
  private final Map<String, Object> anchors = new HashMap<>();
  private final Map<String, Size> sizes = new HashMap<>();
  private int nodes;
  private int aliased;
  private long chars;
  private Event current;

  /** What an anchor stands for, aliases in it included. */
  private record Size(int nodes, long chars) {}

  /** Wrong YAML, or YAML that breaks a limit. */
  static final class YamlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Where, from 1; 0 if not known. */
    final int line;

    final int column;

    /** Whether the YAML is right but breaks a limit. */
    final boolean limit;

    YamlException(String message, int line, int column, boolean limit) {
      super(message);
      this.line = line;
      this.column = column;
      this.limit = limit;
    }
  }

  private Yaml(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setCodePointLimit(Integer.MAX_VALUE)
            .setParseComments(false)
            .setUseMarks(true)
            // a file may be all document marks, and each document has a buffer of its own
            .setBufferSize(Math.max(MIN_BUFFER, Math.min(MAX_BUFFER, text.length() + 1)))
            .build();
    events = new Parse(settings).parseReader(new StringReader(text)).iterator();
  }

  /** The one document of a text; null where there is none. */
  static Object parse(String text) {
    Yaml yaml = new Yaml(text);
    return yaml.nextDocument() ? yaml.value() : null;
  }

  /** Tells the scalars of a document of nothing but mappings, with the path of their keys. */
  static void scalars(String text, BiConsumer<String, ScalarEvent> sink) {
    Yaml yaml = new Yaml(text);
    if (yaml.nextDocument() && !yaml.isEmptyScalar()) {
      yaml.scalars("", 0, sink);
    }
  }

  private boolean isEmptyScalar() {
    return current instanceof ScalarEvent scalar && scalar.getValue().isEmpty();
  }

  private void scalars(String path, int depth, BiConsumer<String, ScalarEvent> sink) {
    count(1);
    if (depth > Json.MAX_DEPTH) {
      throw refuse("nested deeper than " + Json.MAX_DEPTH);
    }
    if (depth > 0 && current instanceof ScalarEvent scalar) {
      sink.accept(path, scalar);
      return;
    }
    if (current.getEventId() != Event.ID.MappingStart) {
      throw wrong(depth == 0 ? "a mapping is expected" : "one value is expected", false);
    }
    step();
    while (current.getEventId() != Event.ID.MappingEnd) {
      if (!(current instanceof ScalarEvent key)) {
        throw wrong("a key is expected", false);
      }
      String below = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
      if (below.length() > MAX_PATH_CHARS) { // each value has its own copy
        throw refuse("a key, with those above it, is longer than " + MAX_PATH_CHARS);
      }
      step();
      scalars(below, depth + 1, sink);
      step();
    }
  }

  /** Moves to the root of the next document; false at the end. */
  boolean nextDocument() {
    while (advance()) {
      if (current.getEventId() == Event.ID.DocumentStart) {
        advance();
        reset();
        return true;
      }
    }
    return false;
  }

  private void reset() {
    anchors.clear();
    sizes.clear();
    startRecord();
  }

  /** Forgets the sizes counted so far, for the next record of a list. */
  void startRecord() {
    nodes = 0;
    aliased = 0;
    chars = 0;
  }

  boolean advance() {
    try {
      if (!events.hasNext()) {
        return false;
      }
      current = events.next();
      return true;
    } catch (MarkedYamlEngineException e) {
      Mark mark = e.getProblemMark().orElse(null);
      throw new YamlException(
          e.getProblem(),
          mark == null ? 0 : mark.getLine() + 1,
          mark == null ? 0 : mark.getColumn() + 1,
          false);
    } catch (YamlEngineException e) {
      throw new YamlException(e.getMessage(), 0, 0, false);
    }
  }

  /** The kind of the current event. */
  Event.ID kind() {
    return current.getEventId();
  }

  /** The line of the current event, from 1. */
  int line() {
    return current.getStartMark().map(m -> m.getLine() + 1).orElse(0);
  }

  /** Reads the value at the current event; afterwards its last event is the current one. */
  Object value() {
    return value(0);
  }

  private Object value(int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw refuse("nested deeper than " + Json.MAX_DEPTH);
    }
    count(1);
    if (current instanceof AliasEvent alias) {
      return alias(alias.getAlias().getValue());
    }
    int nodesBefore = nodes;
    long charsBefore = chars;
    String anchor = ((NodeEvent) current).getAnchor().map(a -> a.getValue()).orElse(null);
    if (anchor != null) {
      anchors.remove(anchor);
    }
    Object value =
        switch (current.getEventId()) {
          case MappingStart -> mapping(depth);
          case SequenceStart -> sequence(depth);
          default -> scalar((ScalarEvent) current);
        };
    if (anchor != null) {
      anchors.put(anchor, value);
      sizes.put(anchor, new Size(nodes - nodesBefore + 1, chars - charsBefore));
    }
    return value;
  }

  private Object alias(String name) {
    if (!sizes.containsKey(name) || !anchors.containsKey(name)) {
      throw wrong("alias *" + name + " has no anchor before it", false);
    }
    Size size = sizes.get(name);
    aliased += size.nodes();
    if (aliased > MAX_ALIASED_NODES) {
      throw refuse("aliases stand for more than " + MAX_ALIASED_NODES + " values");
    }
    count(size.nodes());
    countChars(size.chars()); // as text, which an attribute becomes, each alias is written out
    return anchors.get(name);
  }

  private Map<String, Object> mapping(int depth) {
    Map<String, Object> map = new LinkedHashMap<>();
    step();
    while (current.getEventId() != Event.ID.MappingEnd) {
      String name = key(value(depth + 1));
      step();
      Json.put(map, name, value(depth + 1));
      step();
    }
    return map;
  }

  private String key(Object key) {
    if (!(key instanceof Map<?, ?> || key instanceof List<?>)) {
      return key == null ? "null" : key.toString();
    }
    String text = Json.toText(key);
    if (text.length() > MAX_KEY_CHARS) {
      throw refuse("a key that is no scalar is longer than " + MAX_KEY_CHARS + " characters");
    }
    return text;
  }

  private List<Object> sequence(int depth) {
    List<Object> list = new ArrayList<>();
    step();
    while (current.getEventId() != Event.ID.SequenceEnd) {
      list.add(value(depth + 1));
      step();
    }
    return list;
  }

  private Object scalar(ScalarEvent event) {
    String text = event.getValue();
    countChars(text.length());
    if (event.getScalarStyle() != ScalarStyle.PLAIN || event.getTag().isPresent()) {
      return text;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "", "~", "null" -> null;
      case "true" -> text.equals("true") ? true : text;
      case "false" -> text.equals("false") ? false : text;
      default -> NUMBER.matcher(text).matches() ? new JsonNumber(text) : text;
    };
  }

  private void step() {
    if (!advance()) {
      throw wrong("the document ends too early", false);
    }
  }

  private void count(int n) {
    nodes += n;
    if (nodes > MAX_NODES) {
      throw refuse("more than " + MAX_NODES + " values in one record");
    }
  }

  private void countChars(long n) {
    chars += n;
    if (chars > Json.MAX_RECORD_CHARS) {
      throw refuse("longer than " + Json.MAX_RECORD_CHARS + " characters");
    }
  }

  private YamlException refuse(String message) {
    return wrong(message, true);
  }

  private YamlException wrong(String message, boolean limit) {
    Mark mark = current.getStartMark().orElse(null);
    return new YamlException(
        message,
        mark == null ? 0 : mark.getLine() + 1,
        mark == null ? 0 : mark.getColumn() + 1,
        limit);
  }
}
