package dev.quarry.tools.render;

import java.util.List;

/** One JSON object per line. */
final class JsonLinesWriter extends RowWriter {
  JsonLinesWriter(Output out, List<Column> columns, long maxBytes) {
    super(out, columns, maxBytes);
  }

  @Override
  public boolean row(List<?> values) {
    return emit(JsonText.of(asMap(values)) + "\n", 0);
  }

  @Override
  public void end(NextPage page) {
    // lines stand for themselves
  }
}
