package dev.quarry.tools.exporting;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The file formats that can be exported. All but {@link #BOARD} import again to equal tasks. */
public enum ExportFormat {
  /** One task a line in canonical JSON. */
  JSONL("jsonl"),
  /** One JSON array of tasks in canonical form. */
  JSON("json"),
  /** A JSON board as in {@code active_tasks.json}: {@code task_id}, PENDING, COMPLETED. */
  BOARD("board"),
  /** Comma-separated values with fixed columns. */
  CSV("csv"),
  /** Markdown with front matter: a file for each task in a folder, or one after the other. */
  MARKDOWN("md");

  private final String label;

  ExportFormat(String label) {
    this.label = label;
  }

  /** Its name on the command line. */
  public String label() {
    return label;
  }

  /** The format of this name. */
  public static Optional<ExportFormat> byLabel(String name) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(f -> f.label.equals(wanted) || (f == MARKDOWN && wanted.equals("markdown")))
        .findFirst();
  }

  /** All names, for messages. */
  public static String labels() {
    return Arrays.stream(values()).map(ExportFormat::label).collect(Collectors.joining(", "));
  }
}
