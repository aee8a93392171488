package dev.quarry.internal.write;

/** Work in chunks, as a job does it. */
public interface ChunkedWork {
  /** Does one chunk, telling the tally; false at the end. */
  boolean next(Tally tally);

  /** Counts what is done, and says when to stop. */
  interface Tally {
    /** Throws {@link java.util.concurrent.CancellationException} when the work is to stop. */
    void checkCancelled();

    /** A chunk was made. */
    void made(long treated, long changed);

    /** So many of the tasks made could not be treated, or could not when the work was resumed. */
    void failed(long tasks);

    /** Something to tell. */
    void problem(String text);
  }
}
