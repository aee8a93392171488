package dev.quarry.tools.render;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes rows in one format, within a budget of bytes: a row that would exceed it is not written,
 * nor is any after it. Call {@link #row} for each row, then {@link #finishRows}, then {@link #end}.
 * Not thread-safe.
 */
public abstract class RowWriter {
  private final Output out;
  private final List<Column> columns;
  private final long maxBytes;
  private long written;
  private boolean full;

  RowWriter(Output out, List<Column> columns, long maxBytes) {
    this.out = out;
    this.columns = columns;
    this.maxBytes = maxBytes;
  }

  /**
   * What rows are written with.
   *
   * @param format the format
   * @param style colours for tables
   * @param width columns of the terminal that tables fit into, or 0
   * @param maxBytes the budget, or 0 for none
   */
  public record Settings(OutputFormat format, Style style, int width, long maxBytes) {}

  /** A writer of rows with these columns. */
  public static RowWriter of(Output out, Settings settings, List<Column> columns) {
    long max = settings.maxBytes();
    return switch (settings.format()) {
      case TABLE -> new TableWriter(out, columns, max, settings.style(), settings.width());
      case JSON -> new JsonEnvelopeWriter(out, columns, max);
      case JSONL -> new JsonLinesWriter(out, columns, max);
      case CSV -> new SeparatedWriter(out, columns, max, SeparatedWriter.Kind.CSV);
      case TSV -> new SeparatedWriter(out, columns, max, SeparatedWriter.Kind.TSV);
      case RAW -> new SeparatedWriter(out, columns, max, SeparatedWriter.Kind.RAW);
      case MD -> new MarkdownWriter(out, columns, max);
      case YAML -> new YamlWriter(out, columns, max);
    };
  }

  /** Writes a row, one value per column, null for none; false when the budget is used up. */
  public abstract boolean row(List<?> values);

  /** Writes what was held back and returns how many rows were written in all. */
  public long finishRows() {
    return written;
  }

  /** Ends output that has no pages. */
  public void end() {
    end(null);
  }

  /** Ends a page; {@code page} says where the next one begins, or is null where there are none. */
  public abstract void end(NextPage page);

  /**
   * Where a result goes on.
   *
   * @param token the continuation, or null at the end
   */
  public record NextPage(String token) {}

  final List<Column> columns() {
    return columns;
  }

  final Output out() {
    return out;
  }

  final boolean isFull() {
    return full;
  }

  final long written() {
    return written;
  }

  /** Writes a row's text unless that and {@code reserve} more bytes would exceed the budget. */
  final boolean emit(String text, int reserve) {
    if (full) {
      return false;
    }
    if (maxBytes > 0 && out.bytes() + Output.utf8Length(text) + reserve > maxBytes) {
      full = true;
      return false;
    }
    out.write(text);
    written++;
    return true;
  }

  final Map<String, Object> asMap(List<?> values) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      map.put(columns.get(i).name(), values.get(i));
    }
    return map;
  }

  final List<String> names() {
    List<String> names = new ArrayList<>();
    for (Column column : columns) {
      names.add(column.name());
    }
    return names;
  }
}
