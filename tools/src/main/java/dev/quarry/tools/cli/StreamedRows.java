package dev.quarry.tools.cli;

import static java.util.stream.Collectors.joining;

import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.RowWriter;
import dev.quarry.tools.render.Values;
import java.util.ArrayList;
import java.util.List;

/** Rows that are printed as they come; with {@code --fields} only those columns. */
final class StreamedRows {
  private final List<Integer> chosen;
  private final Output out;
  private final RowWriter writer;

  StreamedRows(Session session, List<Column> columns) {
    this(session, columns, false);
  }

  private StreamedRows(Session session, List<Column> columns, boolean live) {
    chosen = session.chosen(columns);
    out = session.out();
    writer =
        live && session.format() == OutputFormat.TABLE
            ? null
            : RowWriter.of(out, session.settings(), chosen.stream().map(columns::get).toList());
  }

  /**
   * Rows that are to be seen at once. For people they are lines without a heading: a table waits
   * for further rows, to know how wide its columns are.
   */
  static StreamedRows live(Session session, List<Column> columns) {
    return new StreamedRows(session, columns, true);
  }

  void row(List<?> values) {
    List<Object> shown = new ArrayList<>(chosen.size());
    for (int index : chosen) {
      shown.add(values.get(index));
    }
    if (writer == null) {
      out.line(shown.stream().map(StreamedRows::cell).collect(joining("  ")));
    } else {
      writer.row(shown);
    }
  }

  private static String cell(Object value) {
    return value == null ? "-" : Values.oneLine(Values.people(value));
  }

  void end() {
    if (writer != null) {
      writer.finishRows();
      writer.end();
    }
  }
}
