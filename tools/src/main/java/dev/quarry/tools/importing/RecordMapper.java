package dev.quarry.tools.importing;

import dev.quarry.Link;
import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.JsonNumber;
import dev.quarry.tools.format.LinkText;
import dev.quarry.tools.format.Slot;
import dev.quarry.tools.format.SourceNames;
import dev.quarry.tools.format.TaskJson;
import dev.quarry.tools.format.Times;
import dev.quarry.tools.format.Words;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Turns a record of named values into a draft. Each value ends in the field that its name stands
 * for, or else in an attribute of that name; where a field holds less than the source said (a word
 * that is not the status's own, a time with nanoseconds), the original is kept beside it in an
 * attribute {@code <dialect>.<name>}.
 */
final class RecordMapper {
  private final Dialect dialect;
  private final ZoneId zone;
  private final Map<String, Slot> slotByName = new HashMap<>();

  RecordMapper(Dialect dialect, ZoneId zone) {
    this.dialect = dialect;
    this.zone = zone;
    for (Slot slot : Slot.values()) {
      dialect.names(slot).forEach(name -> slotByName.putIfAbsent(name, slot));
    }
  }

  /** A record that may be in canonical form, which is then taken as it is. */
  TaskDraft mapExact(Map<String, Object> record, String file, long line) {
    if (TaskJson.isCanonical(record)) {
      try {
        TaskDraft draft = TaskDraft.of(TaskJson.fromTree(record), file, line);
        // an export writes both, whatever they are: what lacks one names what other records name
        draft.isExact = record.containsKey("status") && record.containsKey("priority");
        return draft;
      } catch (IllegalArgumentException e) {
        // an illegal id or name: the mapper finds a place for it
        return map(record, file, line);
      }
    }
    return map(record, file, line);
  }

  /** The draft of a record; it may still lack an id. */
  TaskDraft map(Map<String, Object> record, String file, long line) {
    TaskDraft draft = new TaskDraft(file, line);
    Map<Slot, String> chosen = choose(record);
    record.forEach(
        (name, value) -> {
          if (value == null) {
            return;
          }
          Slot slot = slotByName.get(SourceNames.plain(name));
          if (slot != null && name.equals(chosen.get(slot))) {
            fill(draft, slot, name, value);
          } else {
            keep(draft, name, value);
          }
        });
    return draft;
  }

  /** The source field for each slot: the most preferred name with a value. */
  private Map<Slot, String> choose(Map<String, Object> record) {
    Map<Slot, String> chosen = new EnumMap<>(Slot.class);
    Map<Slot, Integer> rank = new EnumMap<>(Slot.class);
    record.forEach(
        (name, value) -> {
          String plain = SourceNames.plain(name);
          Slot slot = slotByName.get(plain);
          if (slot == null || value == null) {
            return;
          }
          int r = dialect.names(slot).indexOf(plain) + (isEmpty(value) ? 1_000 : 0);
          if (r < rank.getOrDefault(slot, Integer.MAX_VALUE)) {
            rank.put(slot, r);
            chosen.put(slot, name);
          }
        });
    return chosen;
  }

  static boolean isEmpty(Object value) {
    return value == null
        || (value instanceof String s && s.isEmpty())
        || (value instanceof List<?> list && list.isEmpty())
        || (value instanceof Map<?, ?> map && map.isEmpty());
  }

  private void fill(TaskDraft d, Slot slot, String name, Object value) {
    switch (slot) {
      case ID -> scalar(d, name, value, v -> d.id = v);
      case TITLE -> scalar(d, name, value, v -> d.title = v);
      case DESCRIPTION -> scalar(d, name, value, v -> d.description = v);
      case NOTES -> scalar(d, name, value, v -> d.notes = v);
      case PROJECT -> name(d, name, value, v -> d.project = v);
      case AGENT -> name(d, name, value, v -> d.agent = v);
      case ASSIGNEE -> name(d, name, value, v -> d.assignee = v);
      case STATUS -> scalar(d, name, value, v -> status(d, name, v));
      case PRIORITY -> scalar(d, name, value, v -> priority(d, name, v));
      case CREATED -> time(d, name, value, v -> d.createdAt = v);
      case UPDATED -> {
        time(d, name, value, v -> d.updatedAt = v);
        if (dialect.keepsUpdated() && d.updatedAt != null) {
          d.attributes.put(dialect.name() + "." + name, value.toString());
        }
      }
      case DUE -> time(d, name, value, v -> d.dueAt = v);
      case COMPLETED -> time(d, name, value, v -> d.completedAt = v);
      case DEPENDENCIES -> names(d, name, value, v -> d.dependencies.add(v));
      case LINKS -> links(d, name, value);
      case TAGS -> names(d, name, value, v -> d.tags.add(v));
      case ESTIMATED -> hours(d, name, value, v -> d.estimatedHours = v);
      case ACTUAL -> hours(d, name, value, v -> d.actualHours = v);
      case ATTRIBUTES -> attributes(d, name, value);
    }
  }

  /** Keeps a value in an attribute of its name: text as it is, structures as compact JSON. */
  static void keep(TaskDraft d, String name, Object value) {
    if (value instanceof List<?> || value instanceof Map<?, ?>) {
      if (!isEmpty(value)) {
        d.keep(name, Json.toText(value));
      }
    } else if (value != null) {
      d.keep(name, value.toString());
    }
  }

  /** Only links as this tool writes them; all others are kept under their name. */
  private static void links(TaskDraft d, String name, Object value) {
    List<Link> links = new ArrayList<>();
    for (Object one : value instanceof List<?> list ? list : List.of(value)) {
      Link link = one instanceof String text ? LinkText.parse(text) : null;
      if (link == null) {
        keep(d, name, value);
        return;
      }
      links.add(link);
    }
    d.links.addAll(links);
  }

  private void keepOriginal(TaskDraft d, String name, Object value) {
    keep(d, dialect.name() + "." + name, value);
  }

  private static void scalar(TaskDraft d, String name, Object value, Consumer<String> setter) {
    if (value instanceof List<?> || value instanceof Map<?, ?>) {
      keep(d, name, value);
    } else {
      setter.accept(value.toString());
    }
  }

  private static boolean fits(String name) {
    return !name.isEmpty() && name.length() <= Task.MAX_NAME_CHARS;
  }

  /** A name: a text, the first of a list, or what an object is called by. */
  private static void name(TaskDraft d, String name, Object value, Consumer<String> setter) {
    Object first = value instanceof List<?> list && !list.isEmpty() ? list.get(0) : value;
    String text = first instanceof Map<?, ?> map ? nameOf(map) : first == null ? "" : first + "";
    boolean whole = !(first instanceof Map<?, ?>) && !(value instanceof List<?> l && l.size() > 1);
    if (first instanceof List<?> || !fits(text)) {
      if (!text.isEmpty() || first instanceof List<?>) {
        keep(d, name, value);
      }
      return;
    }
    setter.accept(text);
    if (!whole) {
      keep(d, name, value);
    }
  }

  private static String nameOf(Map<?, ?> map) {
    for (String key : List.of("name", "login", "username", "key", "id", "email")) {
      Object value = map.get(key);
      if (value instanceof String || value instanceof JsonNumber) {
        return value.toString();
      }
    }
    return "";
  }

  /** Names: a list, or a text with commas or semicolons between them. */
  private static void names(TaskDraft d, String name, Object value, Consumer<String> adder) {
    Object tree = value;
    if (value instanceof String s && s.startsWith("[") && s.endsWith("]")) {
      try {
        tree = Json.parse(s);
      } catch (RuntimeException e) {
        tree = value; // not JSON: a text like any other
      }
    }
    List<Object> items = new ArrayList<>();
    if (tree instanceof List<?> list) {
      items.addAll(list);
    } else if (tree instanceof String s) {
      for (String part : s.split("[,;]", -1)) {
        items.add(part.strip());
      }
    } else {
      items.add(tree);
    }
    boolean whole = true;
    for (Object item : items) {
      String text = item instanceof Map<?, ?> map ? nameOf(map) : item == null ? "" : item + "";
      boolean plain = !(item instanceof Map<?, ?>) && !(item instanceof List<?>);
      whole &= plain && text.length() <= Task.MAX_NAME_CHARS;
      if (fits(text) && !(item instanceof List<?>)) {
        adder.accept(text);
      }
    }
    if (!whole) {
      keep(d, name, value);
    }
  }

  private void status(TaskDraft d, String name, String word) {
    if (word.isBlank()) {
      return;
    }
    d.statusWord = word;
    Status known = dialect.exactStatus(word);
    known = known == null ? Words.status(word) : known;
    if (known == null) {
      d.warnings.add("unknown status \"" + word + "\", imported as TODO");
      keepOriginal(d, name, word);
      return;
    }
    d.status = known;
    if (!dialect.says(known, word)) {
      keepOriginal(d, name, word);
    }
  }

  private void priority(TaskDraft d, String name, String word) {
    if (word.isBlank()) {
      return;
    }
    Priority known = dialect.exactPriority(word);
    known = known == null ? Words.priority(word) : known;
    if (known == null) {
      d.warnings.add("unknown priority \"" + word + "\", imported as MEDIUM");
      keepOriginal(d, name, word);
      return;
    }
    d.priority = known;
    if (!dialect.says(known, word)) {
      keepOriginal(d, name, word);
    }
  }

  private void time(TaskDraft d, String name, Object value, Consumer<Instant> setter) {
    if (isEmpty(value)) {
      return;
    }
    Optional<Times.Parsed> parsed =
        value instanceof String || value instanceof JsonNumber
            ? Times.parse(value.toString(), zone)
            : Optional.empty();
    if (parsed.isEmpty()) {
      if (!(value instanceof Boolean)) {
        d.warnings.add(name + " is no time that is known: " + shorten(value.toString()));
      }
      keep(d, name, value);
      return;
    }
    setter.accept(parsed.get().instant());
    if (!dialect.says(parsed.get(), value.toString())) {
      keepOriginal(d, name, value);
    }
  }

  private void hours(TaskDraft d, String name, Object value, Consumer<Double> setter) {
    if (isEmpty(value)) {
      return;
    }
    try {
      BigDecimal exact = new BigDecimal(value.toString().strip());
      double hours = Double.parseDouble(value.toString().strip());
      if (Double.isFinite(hours)) {
        setter.accept(hours);
        if (new BigDecimal(TaskJson.hours(hours)).compareTo(exact) != 0) {
          keepOriginal(d, name, value);
        }
        return;
      }
    } catch (NumberFormatException e) {
      d.warnings.add(name + " is no number of hours: " + shorten(value.toString()));
    }
    keep(d, name, value);
  }

  private static void attributes(TaskDraft d, String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (k, v) -> {
            if (v instanceof List<?> || v instanceof Map<?, ?>) {
              d.keep((String) k, Json.toText(v));
            } else {
              keep(d, (String) k, v);
            }
          });
    } else {
      keep(d, name, value);
    }
  }

  private static String shorten(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }

  /** Gives a draft without a title the first line of its text, and one without an id a hash. */
  void complete(TaskDraft d, Map<String, Object> record) {
    if (d.title == null) {
      d.title = SourceNames.firstLine(d.description, d.id == null ? "" : d.id);
    }
    if (d.id == null || d.id.isBlank()) {
      Map<String, Object> identity = new LinkedHashMap<>();
      identity.put("title", d.title);
      identity.put("created", TaskJson.time(d.createdAt));
      if (d.title.isEmpty()) {
        identity.putAll(record);
      }
      d.id = dialect.name() + "-" + hash(Json.toText(identity));
      d.generatedId = true;
    }
  }

  /** Sixteen hexadecimal digits that stand for a text. */
  static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
