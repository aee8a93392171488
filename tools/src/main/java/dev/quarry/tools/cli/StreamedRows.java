package dev.quarry.tools.cli;

import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.RowWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows that are printed as they come; with {@code --fields} only those columns. */
final class StreamedRows {
  private final List<Integer> chosen;
  private final RowWriter writer;

  StreamedRows(Session session, List<Column> columns) {
    chosen = session.chosen(columns);
    writer =
        RowWriter.of(session.out(), session.settings(), chosen.stream().map(columns::get).toList());
  }

  void row(List<?> values) {
    List<Object> shown = new ArrayList<>(chosen.size());
    for (int index : chosen) {
      shown.add(values.get(index));
    }
    writer.row(shown);
  }

  void end() {
    writer.finishRows();
    writer.end();
  }
}
