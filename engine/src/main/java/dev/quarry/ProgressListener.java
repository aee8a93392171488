package dev.quarry;

/** Is told how far a long operation has come, from the thread that runs it. */
@FunctionalInterface
public interface ProgressListener {
  /** Ignores everything. */
  ProgressListener NONE = (phase, done, total) -> {};

  /**
   * Called now and then.
   *
   * @param phase what is being done, such as {@code "rebuild index"}
   * @param done units done
   * @param total units in all, or -1 where it is not known
   */
  void progress(String phase, long done, long total);
}
