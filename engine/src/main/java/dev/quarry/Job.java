package dev.quarry;

import java.util.List;

/**
 * Long work in a thread of its own, in chunks, each of which is one commit. Thread-safe. The
 * store's close cancels it; what its finished chunks did stands.
 */
public interface Job {
  /** How far it is. */
  enum State {
    /** At work. */
    RUNNING,
    /** Through. */
    DONE,
    /** Ended early, as asked. */
    CANCELLED,
    /** Ended by an error, which {@link Job#await} throws. */
    FAILED
  }

  /**
   * What it has done so far, in tasks; for work that was resumed, since its first beginning.
   *
   * @param state how far it is
   * @param treated tasks looked at, those that failed included
   * @param changed tasks that were changed
   * @param failed tasks that could not be changed and stay as they were; the job goes on behind
   *     them, so one that is {@link State#DONE} may have some
   * @param problems what went wrong in this run: the first {@value #MAX_PROBLEMS} tasks that failed
   *     or had to stay, by id
   */
  record Progress(State state, long treated, long changed, long failed, List<String> problems) {
    /** Problems that are kept as text. */
    public static final int MAX_PROBLEMS = 100;

    /** Copies the list. */
    public Progress {
      problems = List.copyOf(problems);
    }
  }

  /** Its name. */
  String name();

  /** What it has done so far. Costs nothing. */
  Progress progress();

  /** Asks it to end before its next task; a commit that has begun is made. Returns at once. */
  void cancel();

  /**
   * Waits for the end and returns what was done.
   *
   * @throws InterruptedException if this thread is interrupted; the job goes on
   * @throws TaskStoreException or what else ended it early with {@link State#FAILED}
   */
  Progress await() throws InterruptedException;
}
