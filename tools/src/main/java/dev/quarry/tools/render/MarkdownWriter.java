package dev.quarry.tools.render;

import java.util.List;
import java.util.stream.Collectors;

/** A Markdown table. */
final class MarkdownWriter extends RowWriter {
  private boolean begun;

  MarkdownWriter(Output out, List<Column> columns, long maxBytes) {
    super(out, columns, maxBytes);
  }

  @Override
  public boolean row(List<?> values) {
    begin();
    return emit(
        line(values.stream().map(v -> escape(Values.people(v))).collect(Collectors.toList())), 0);
  }

  @Override
  public void end(NextPage page) {
    begin();
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    out().write(line(names()));
    out()
        .write(
            line(
                columns().stream()
                    .map(column -> column.right() ? "---:" : "---")
                    .collect(Collectors.toList())));
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("|", "\\|");
  }
}
