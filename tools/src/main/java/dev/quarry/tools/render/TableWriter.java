package dev.quarry.tools.render;

import java.util.ArrayList;
import java.util.List;

/**
 * Aligned columns. The widths are those of the first thousand rows; a longer value later on shifts
 * its own line only.
 */
final class TableWriter extends RowWriter {
  private static final int HELD_ROWS = 1_000;
  private static final int LEAST_LAST_COLUMN = 12;

  private final Style style;
  private final int terminalWidth;
  private final List<List<String>> held = new ArrayList<>();
  private int[] widths;

  TableWriter(Output out, List<Column> columns, long maxBytes, Style style, int terminalWidth) {
    super(out, columns, maxBytes);
    this.style = style;
    this.terminalWidth = terminalWidth;
  }

  @Override
  public boolean row(List<?> values) {
    if (isFull()) {
      return false;
    }
    List<String> cells = new ArrayList<>(values.size());
    for (Object value : values) {
      cells.add(Values.people(value));
    }
    if (widths == null) {
      held.add(cells);
      if (held.size() == HELD_ROWS) {
        writeHeld();
      }
      return !isFull();
    }
    return emit(format(cells), 0);
  }

  @Override
  public long finishRows() {
    if (widths == null) {
      writeHeld();
    }
    return written();
  }

  @Override
  public void end(NextPage page) {
    finishRows();
  }

  private void writeHeld() {
    widths = new int[columns().size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Values.width(columns().get(i).heading());
      for (List<String> cells : held) {
        widths[i] = Math.max(widths[i], Values.width(cells.get(i)));
      }
    }
    fitTerminal();
    if (!held.isEmpty()) {
      List<String> headings = new ArrayList<>();
      for (Column column : columns()) {
        headings.add(column.heading());
      }
      String line = format(headings);
      out().write(style.bold(line.stripTrailing()) + "\n");
    }
    for (List<String> cells : held) {
      if (!emit(format(cells), 0)) {
        break;
      }
    }
    held.clear();
  }

  private void fitTerminal() {
    int last = widths.length - 1;
    if (terminalWidth <= 0 || last < 0) {
      return;
    }
    int before = 0;
    for (int i = 0; i < last; i++) {
      before += widths[i] + gap(i);
    }
    widths[last] = Math.min(widths[last], Math.max(LEAST_LAST_COLUMN, terminalWidth - before));
  }

  private static int gap(int column) {
    return column == 0 ? 3 : 2;
  }

  private String format(List<String> cells) {
    StringBuilder line = new StringBuilder();
    int last = cells.size() - 1;
    for (int i = 0; i <= last; i++) {
      String cell = cells.get(i);
      if (i == last && terminalWidth > 0) {
        cell = Values.cut(cell, widths[i]);
      }
      int padding = Math.max(0, widths[i] - Values.width(cell));
      boolean right = columns().get(i).right();
      String padded =
          right
              ? " ".repeat(padding) + cell
              : i == last || cells.subList(i + 1, last + 1).stream().allMatch(String::isEmpty)
                  ? cell
                  : cell + " ".repeat(padding);
      line.append(style.cell(cell, padded));
      if (i < last) {
        line.append(" ".repeat(gap(i)));
      }
    }
    int end = line.length();
    while (end > 0 && line.charAt(end - 1) == ' ') {
      end--;
    }
    line.setLength(end);
    return line.append('\n').toString();
  }
}
