package dev.quarry.tools.exporting;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import de.siegmar.fastcsv.writer.QuoteStrategies;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.TaskJson;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tasks as CSV: the columns are the canonical JSON keys. An absent field is an empty cell, the
 * empty text an empty cell in quotes; lists and attributes are JSON. A task whose text UTF-8 cannot
 * hold stands as JSON under the empty name, which no attribute has.
 */
final class CsvTasks {
  private CsvTasks() {}

  static void write(Iterator<Task> tasks, Writer out, boolean guard) {
    CsvWriter csv =
        CsvWriter.builder()
            .quoteStrategy(QuoteStrategies.EMPTY)
            .lineDelimiter(LineDelimiter.LF)
            .bufferSize(0)
            .build(out);
    csv.writeRecord(TaskJson.KEYS);
    while (tasks.hasNext()) {
      csv.writeRecord(row(tasks.next(), guard));
    }
  }

  private static List<String> row(Task task, boolean guard) {
    Map<String, Object> fields = TaskJson.fields(task);
    String json = TaskJson.toText(task);
    if (MarkdownTask.hasLoneSurrogate(json)) {
      fields = Map.of("id", "", "attributes", Map.of("", TaskJson.fields(task)));
    }
    List<String> cells = new ArrayList<>(TaskJson.KEYS.size());
    for (String key : TaskJson.KEYS) {
      Object value = fields.get(key);
      if (value instanceof Map || value instanceof List) {
        cells.add(escaped(Json.toText(value)));
      } else if (value instanceof String text) {
        cells.add(guard ? guarded(text) : apostrophe(text));
      } else {
        cells.add(value == null ? null : value.toString());
      }
    }
    return cells;
  }

  /** JSON in which lone surrogates are escaped. */
  private static String escaped(String json) {
    if (!MarkdownTask.hasLoneSurrogate(json)) {
      return json;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (Character.isSurrogate(c)) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** The text with an apostrophe before what a spreadsheet would calculate. */
  private static String guarded(String text) {
    return !text.isEmpty() && "=+-@\t\r\n'".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
  }

  private static String apostrophe(String text) {
    return text.startsWith("'") ? "'" + text : text;
  }
}
