package dev.quarry.tools.exporting;

import dev.quarry.ProgressListener;

/**
 * How to export.
 *
 * @param progress is told how many tasks are written
 * @param guardFormulas in CSV, put an apostrophe before text that a spreadsheet would take for a
 *     formula; the import takes it away again
 */
public record ExportOptions(ProgressListener progress, boolean guardFormulas) {
  /** Silent, with guarded formulas. */
  public static ExportOptions defaults() {
    return new ExportOptions(ProgressListener.NONE, true);
  }

  /** The same with a listener. */
  public ExportOptions withProgress(ProgressListener value) {
    return new ExportOptions(value, guardFormulas);
  }

  /** The same, with formulas guarded or not. */
  public ExportOptions withGuardFormulas(boolean value) {
    return new ExportOptions(progress, value);
  }
}
