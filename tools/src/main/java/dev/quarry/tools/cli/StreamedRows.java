package dev.quarry.tools.cli;

import static java.util.stream.Collectors.joining;

import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.RowWriter;
import dev.quarry.tools.render.Values;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that are printed as they come, within {@code --max-bytes}: a row that does not fit is not
 * printed, nor is any behind it, which the end tells. With {@code --fields} only those columns.
 */
final class StreamedRows {
  private final Session session;
  private final List<Integer> chosen;
  private final Output out;
  private final boolean isLive;

  /** Null where rows are lines. */
  private final RowWriter writer;

  private long given;
  private long lines;

  StreamedRows(Session session, List<Column> columns) {
    this(session, columns, false);
  }

  private StreamedRows(Session session, List<Column> columns, boolean live) {
    this.session = session;
    isLive = live;
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

  /** Prints a row; false where it does not fit, and nothing behind it will. */
  boolean row(List<?> values) {
    List<Object> shown = new ArrayList<>(chosen.size());
    for (int index : chosen) {
      shown.add(values.get(index));
    }
    if (writer == null) {
      return line(shown.stream().map(StreamedRows::cell).collect(joining("  ")));
    }
    given++;
    return writer.row(shown);
  }

  /** Prints a row in words, where {@link Session#isInWords} says so. */
  boolean line(String text) {
    given++;
    long bytes = out.bytes() + Output.utf8Length(text) + 1;
    boolean fits = lines == given - 1 && (session.maxBytes() == 0 || bytes <= session.maxBytes());
    if (fits) {
      out.line(text);
      lines++;
    }
    return fits;
  }

  private static String cell(Object value) {
    return value == null ? "-" : Values.oneLine(Values.people(value));
  }

  /** Ends the output; the command fails where there were rows and none fits. */
  void end() {
    if (finish() == 0 && given > 0) {
      session.checkFailure();
      throw session.overBudget();
    }
  }

  /** The same of a command that has done more than print them. It returns how many were printed. */
  long finish() {
    long shown = lines;
    if (writer != null) {
      shown = writer.finishRows();
      writer.end();
    }
    if (shown < given) {
      String number = isLive ? "" : given - shown + " ";
      session.noteBelow(number + "more rows did not fit into --max-bytes " + session.maxBytes());
    }
    return shown;
  }
}
