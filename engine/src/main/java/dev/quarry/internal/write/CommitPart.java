package dev.quarry.internal.write;

import java.util.List;

/**
 * Some changes of a commit, in their order.
 *
 * @param commit the commit with these changes alone
 * @param isLast whether the commit has none behind them
 */
public record CommitPart(Commit commit, boolean isLast) {
  /** At most so many changes of a commit, behind the first {@code skip}; keeps the commit alive. */
  public static CommitPart of(Commit commit, int skip, int most) {
    List<TaskChange> all = commit.changes();
    int end = (int) Math.min(all.size(), (long) skip + most);
    if (skip == 0 && end == all.size()) {
      return new CommitPart(commit, true);
    }
    Commit some =
        new Commit(
            commit.sequence(),
            commit.at(),
            commit.action(),
            commit.actor(),
            all.subList(skip, end));
    return new CommitPart(some, end == all.size());
  }
}
