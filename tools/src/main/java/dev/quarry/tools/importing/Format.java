package dev.quarry.tools.importing;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The file formats that can be imported. */
public enum Format {
  /** Markdown with YAML front matter: a file, or a folder of files. */
  MARKDOWN("md", "markdown backlog"),
  /** A JSON array of objects, or an object that holds one, such as {@code active_tasks.json}. */
  JSON("json", "board"),
  /** One JSON object a line: the canonical export, or objects of any names. */
  JSONL("jsonl", "ndjson"),
  /** The JSON lines of a beads issue tracker. */
  BEADS("beads", ""),
  /** Comma-separated values with a header line; other separators are found. */
  CSV("csv", "jira-csv"),
  /** Tab-separated values with a header line. */
  TSV("tsv", ""),
  /** YAML: a stream of documents, or a list of mappings. */
  YAML("yaml", "yml"),
  /** The {@code tasks.json} of task-master. */
  TASK_MASTER("task-master", "taskmaster"),
  /** The JSON export of Taskwarrior, an array or one object a line. */
  TASKWARRIOR("taskwarrior", "task"),
  /** A {@code todo.txt}. */
  TODO_TXT("todo.txt", "todo todotxt");

  private final String label;
  private final String others;

  Format(String label, String others) {
    this.label = label;
    this.others = others;
  }

  /** Its name on the command line and in reports. */
  public String label() {
    return label;
  }

  /** The format of this name. */
  public static Optional<Format> byLabel(String name) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    return Arrays.stream(values())
        .filter(
            f -> f.label.equals(wanted) || Arrays.asList(f.others.split(" ", -1)).contains(wanted))
        .findFirst();
  }

  /** All names, for messages. */
  public static String labels() {
    return Arrays.stream(values()).map(Format::label).collect(Collectors.joining(", "));
  }
}
