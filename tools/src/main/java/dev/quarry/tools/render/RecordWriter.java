package dev.quarry.tools.render;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes one record, such as a task or the statistics of a store. */
public final class RecordWriter {
  private RecordWriter() {}

  /**
   * Writes the record: in a table one {@code name value} line per field, otherwise as the format's
   * single object.
   *
   * @return false where the budget does not hold it; nothing is written then
   */
  public static boolean write(Output out, RowWriter.Settings settings, Map<String, ?> fields) {
    String text =
        switch (settings.format()) {
          case TABLE -> table(fields, settings.style(), "");
          case JSON -> JsonEnvelopeWriter.head() + JsonText.of(fields) + "}\n";
          case YAML -> YamlWriter.mapping(fields, "", "");
          case JSONL -> JsonText.of(fields) + "\n";
          default -> null;
        };
    if (text == null) {
      return writeRow(out, settings, fields);
    }
    if (settings.maxBytes() > 0 && Output.utf8Length(text) > settings.maxBytes()) {
      return false;
    }
    out.write(text);
    return true;
  }

  private static boolean writeRow(Output out, RowWriter.Settings settings, Map<String, ?> fields) {
    if (settings.format() == OutputFormat.MD) {
      RowWriter writer =
          RowWriter.of(out, settings, List.of(Column.text("field"), Column.text("value")));
      for (Map.Entry<String, ?> field : fields.entrySet()) {
        if (field.getValue() != null
            && !writer.row(Arrays.asList(field.getKey(), field.getValue()))) {
          return false;
        }
      }
      writer.end();
      return true;
    }
    List<Column> columns = new ArrayList<>();
    for (String name : fields.keySet()) {
      columns.add(Column.text(name));
    }
    RowWriter writer = RowWriter.of(out, settings, columns);
    boolean fits = writer.row(new ArrayList<>(fields.values()));
    if (fits) {
      writer.end();
    }
    return fits;
  }

  private static String table(Map<String, ?> fields, Style style, String indent) {
    int width = 0;
    for (Map.Entry<String, ?> field : fields.entrySet()) {
      if (isShown(field.getValue())) {
        width = Math.max(width, Values.width(field.getKey()));
      }
    }
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, ?> field : fields.entrySet()) {
      Object value = field.getValue();
      if (!isShown(value)) {
        continue;
      }
      String name = Values.oneLine(field.getKey());
      String label = indent + style.bold(name) + " ".repeat(width - Values.width(field.getKey()));
      if (value instanceof Map<?, ?> map) {
        text.append(label.stripTrailing()).append('\n');
        text.append(table(strings(map), style, indent + "  "));
      } else if (value instanceof String s && s.indexOf('\n') >= 0) {
        text.append(label.stripTrailing()).append('\n');
        Values.lines(s)
            .stripTrailing()
            .lines()
            .forEach(line -> text.append((indent + "  " + line).stripTrailing()).append('\n'));
      } else {
        String shown = Values.people(value);
        text.append(label).append("  ").append(style.cell(shown, shown)).append('\n');
      }
    }
    return text.toString();
  }

  private static Map<String, Object> strings(Map<?, ?> map) {
    Map<String, Object> strings = new LinkedHashMap<>();
    map.forEach((key, value) -> strings.put(key.toString(), value));
    return strings;
  }

  private static boolean isShown(Object value) {
    return value != null
        && !(value instanceof Collection<?> c && c.isEmpty())
        && !(value instanceof Map<?, ?> m && m.isEmpty());
  }
}
