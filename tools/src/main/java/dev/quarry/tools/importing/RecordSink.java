package dev.quarry.tools.importing;

import java.io.IOException;

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

  /** A file that the system does not give, or not all of it. */
  default void unreadable(String file, IOException e) {
    problem(file, 0, 0, "cannot be read: " + e);
  }

  /** Counts something. */
  void count(String detail, long n);

  /** A source field that belongs to no task. */
  void lost(String field);
}
