package dev.quarry.internal.write;

import java.util.List;

/** Who is told of commits, in the committing thread, when they are complete. */
public final class CommitListeners {
  private volatile CommitListener all = CommitListener.NONE;
  private volatile ReadyListener ready = ReadyListener.NONE;

  CommitListeners() {}

  /** Sets who is told of every commit; before the first of them. */
  public void all(CommitListener value) {
    all = value;
  }

  /** Sets who is told of ready tasks; before the first commit. */
  public void ready(ReadyListener value) {
    ready = value;
  }

  void tell(List<StagedCommit> commits) {
    CommitListener present = all;
    for (StagedCommit commit : commits) {
      if (present != CommitListener.NONE) {
        present.committed(commit.published());
      }
      ready.committed(commit::ready);
    }
  }
}
