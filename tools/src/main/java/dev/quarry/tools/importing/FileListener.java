package dev.quarry.tools.importing;

/** Is told what an import of some files finds in each, named as in {@link ImportProblem}. */
public interface FileListener {
  /** Is told nothing. */
  FileListener NONE =
      new FileListener() {
        @Override
        public void placed(String file, String id) {}

        @Override
        public void skipped(String file, long line) {}

        @Override
        public void unreadable(String file) {}
      };

  /**
   * Whether another file, which is not read now, has the task of an id that was made from the text
   * of a record, so that an equal record of this file is another task.
   */
  default boolean isElsewhere(String file, String id) {
    return false;
  }

  /** The file has this task, even where another file's record of the same id counts. */
  void placed(String file, String id);

  /** The file has a task of this id, which is in the archive and was left there. */
  default void leftInArchive(String file, String id) {}

  /** What begins at this line of the file is no task. */
  void skipped(String file, long line);

  /** The system did not give the file, or not all of it; the report has it as an error. */
  void unreadable(String file);
}
