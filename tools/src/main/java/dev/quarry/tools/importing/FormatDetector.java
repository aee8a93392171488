package dev.quarry.tools.importing;

import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.Slot;
import dev.quarry.tools.format.SourceNames;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Finds the format of a file by its name and its first bytes. */
final class FormatDetector {
  private FormatDetector() {}

  /**
   * The format.
   *
   * @throws IllegalArgumentException if it is not clear; the message lists the formats
   */
  static Format detect(String name, byte[] head) {
    String file = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    file = file.toLowerCase(Locale.ROOT);
    String text = new String(head, StandardCharsets.UTF_8).stripLeading();
    Format found = byName(file, text);
    found = found == null ? byContent(text) : found;
    if (found == null) {
      throw new IllegalArgumentException(
          "the format of " + name + " is not clear; name one of " + Format.labels());
    }
    return found;
  }

  private static Format byName(String file, String text) {
    if (file.endsWith(".md") || file.endsWith(".markdown")) {
      return Format.MARKDOWN;
    }
    if (file.endsWith(".csv")) {
      return Format.CSV;
    }
    if (file.endsWith(".tsv") || file.endsWith(".tab")) {
      return Format.TSV;
    }
    if (file.endsWith(".yaml") || file.endsWith(".yml")) {
      return Format.YAML;
    }
    if (file.equals("done.txt") || file.endsWith("todo.txt") || file.endsWith(".todo")) {
      return Format.TODO_TXT;
    }
    if (file.endsWith(".jsonl") || file.endsWith(".ndjson")) {
      Format json = byJson(text);
      return json == Format.BEADS || json == Format.TASKWARRIOR ? json : Format.JSONL;
    }
    return file.endsWith(".json") ? byJson(text) : null;
  }

  private static Format byContent(String text) {
    if (text.startsWith("---")) {
      int end = text.indexOf("\n---", 3);
      return end < 0 ? Format.YAML : Format.MARKDOWN;
    }
    if (text.startsWith("{") || text.startsWith("[{") || text.startsWith("[")) {
      return byJson(text);
    }
    if (text.startsWith("x ") || text.matches("(?s)\\([A-Z]\\) .*")) {
      return Format.TODO_TXT;
    }
    String header = text.lines().findFirst().orElse("").toLowerCase(Locale.ROOT);
    List<String> cells = List.of(header.split("[,;\\t|]", -1));
    boolean named =
        cells.stream()
            .map(SourceNames::plain)
            .anyMatch(c -> Slot.TITLE.names().contains(c) || Slot.ID.names().contains(c));
    if (cells.size() > 1 && named) {
      return header.indexOf('\t') >= 0 ? Format.TSV : Format.CSV;
    }
    return null;
  }

  /** Looks at the first tokens: names at the top, names of the first record, the shape. */
  private static Format byJson(String text) {
    Set<String> names = new HashSet<>();
    boolean array = text.startsWith("[");
    boolean tagged = false;
    boolean listed = false;
    boolean several = false;
    boolean wrapped = false;
    boolean closed = false;
    int depth = 0;
    try (JsonParser p = Json.parser(new StringReader(text))) {
      String outer = "";
      for (JsonToken t = p.nextToken(); t != null; t = p.nextToken()) {
        if (depth == 0 && t == JsonToken.START_OBJECT && !names.isEmpty()) {
          several = true;
          break;
        }
        if (t == JsonToken.PROPERTY_NAME) {
          String name = p.currentName();
          if (depth == 1) {
            outer = name;
          }
          listed |= depth == 1 && !array && name.equals("tasks");
          tagged |= depth == 2 && !array && name.equals("tasks") && !outer.isEmpty();
          names.add(name);
        }
        wrapped |= depth == 1 && t == JsonToken.START_ARRAY && JsonReader.LISTS.contains(outer);
        depth += t.isStructStart() ? 1 : t.isStructEnd() ? -1 : 0;
        closed |= depth == 0;
        if (array && depth == 1 && t == JsonToken.END_OBJECT) {
          break;
        }
      }
    } catch (JacksonException e) {
      // cut off in the middle: what was seen decides; a list may have its records on lines, too
      several |= !array && (closed || !wrapped) && text.indexOf("\n{") > 0;
    }
    if (names.contains("uuid") && (names.contains("entry") || names.contains("urgency"))) {
      return Format.TASKWARRIOR;
    }
    if (tagged || (listed && (names.contains("subtasks") || names.contains("testStrategy")))) {
      return Format.TASK_MASTER;
    }
    if (!array && names.contains("issue_type") && names.contains("id")) {
      return Format.BEADS;
    }
    return several ? Format.JSONL : Format.JSON;
  }
}
