package dev.quarry.tools.importing;

/** Takes what a reader finds. Any of its methods may end the reading by an exception. */
interface RecordSink {
  /** A record that is a task. */
  void accept(TaskDraft draft);

  /** A record that cannot be read. */
  void failed(String file, long line, long column, String message);

  /** A record that is left out on purpose. */
  void skipped(String file, long line);

  /** Something wrong with a file as a whole, such as that it cannot be read further. */
  void problem(String file, long line, long column, String message);

  /** Counts something. */
  void count(String detail, long n);

  /** A source field that belongs to no task. */
  void lost(String field);
}
