package dev.quarry.internal.write;

/** Is told of every commit, in order, in the committing thread, when it is complete. */
@FunctionalInterface
public interface CommitListener {
  /** Listens to nothing. */
  CommitListener NONE = commit -> {};

  /** A commit has been made. Must neither block nor throw: the writer waits for it. */
  void committed(Commit commit);
}
