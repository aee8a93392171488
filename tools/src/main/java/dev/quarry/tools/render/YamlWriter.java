package dev.quarry.tools.render;

import java.util.List;
import java.util.Map;

/** A YAML sequence of mappings; every value is in JSON's notation, which is YAML too. */
final class YamlWriter extends RowWriter {
  YamlWriter(Output out, List<Column> columns, long maxBytes) {
    super(out, columns, maxBytes);
  }

  @Override
  public boolean row(List<?> values) {
    return emit(mapping(asMap(values), "- ", "  "), 0);
  }

  @Override
  public void end(NextPage page) {
    if (written() == 0) {
      out().write("[]\n");
    }
  }

  static String mapping(Map<String, ?> map, String first, String rest) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, ?> entry : map.entrySet()) {
      if (entry.getValue() != null) {
        text.append(text.isEmpty() ? first : rest)
            .append(key(entry.getKey()))
            .append(": ")
            .append(JsonText.of(entry.getValue()))
            .append('\n');
      }
    }
    return text.isEmpty() ? first + "{}\n" : text.toString();
  }

  private static String key(String name) {
    return name.matches("[A-Za-z_][A-Za-z0-9_.]*") ? name : JsonText.of(name);
  }
}
