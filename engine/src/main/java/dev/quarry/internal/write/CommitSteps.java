package dev.quarry.internal.write;

/**
 * Is told, in the committer's thread, how far a commit has come, and says how large one may be and
 * how long pauses may grow; for tests that stop it there, or that have no room or no time for as
 * much as is allowed.
 */
@FunctionalInterface
public interface CommitSteps {
  /** Does nothing. */
  CommitSteps NONE = step -> {};

  /** Where a commit stands. */
  enum Step {
    /** Announced; nothing is written. */
    ANNOUNCED,
    /** The batch is in the storage; derived state lags. */
    WRITTEN,
    /** The index has followed; the caches lag. */
    INDEXED,
    /** The caches have followed; the commit is not yet complete. */
    CACHED
  }

  /** The commit has just done this step. */
  void reached(Step step);

  /** What one commit may write, about, in bytes. */
  default long mostBytes() {
    return StagedCommit.MAX_BYTES;
  }

  /** How long to wait at most before the index is rebuilt once more, in nanoseconds. */
  default long longestPauseNanos() {
    return IndexHealer.LONGEST_PAUSE_NANOS;
  }
}
