package dev.quarry.tools.render;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** CSV, TSV and bare values. */
final class SeparatedWriter extends RowWriter {
  /** How values are separated. */
  enum Kind {
    CSV,
    TSV,
    RAW
  }

  private final Kind kind;
  private boolean begun;

  SeparatedWriter(Output out, List<Column> columns, long maxBytes, Kind kind) {
    super(out, columns, maxBytes);
    this.kind = kind;
  }

  @Override
  public boolean row(List<?> values) {
    begin();
    List<String> cells = new ArrayList<>(values.size());
    for (Object value : values) {
      cells.add(Values.data(value));
    }
    return emit(format(cells), 0);
  }

  @Override
  public void end(NextPage page) {
    begin();
  }

  private void begin() {
    if (!begun) {
      begun = true;
      if (kind != Kind.RAW) {
        out().write(format(names()));
      }
    }
  }

  private String format(List<String> cells) {
    if (kind == Kind.RAW) {
      return String.join("\t", cells) + "\n";
    }
    StringWriter line = new StringWriter();
    try (CsvWriter csv =
        CsvWriter.builder()
            .lineDelimiter(LineDelimiter.LF)
            .fieldSeparator(kind == Kind.CSV ? ',' : '\t')
            .build(line)) {
      csv.writeRecord(cells);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString();
  }
}
