package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.CommitState;
import java.util.Arrays;

/**
 * The tasks that may look otherwise in the present than at a sequence: those that any commit in
 * (min(applied, s), max(announced, s)] has touched, as {@link PinnedView} explains. Not
 * thread-safe.
 */
final class TouchedTasks {
  /** More changed tasks than this cost more than a scan is likely to. */
  private static final int MAX_CHANGED = 200_000;

  /** More commits than these take longer to look at, one by one. */
  private static final int MAX_COMMITS = 200_000;

  private final CommitState state;
  private final ChangeLog changes;
  private final long sequence;
  private final Deadline deadline;
  private long settledTo;

  /** Those of the commits up to {@code settledTo}, rising. */
  private long[] ordinals = {};

  /** Thrown where too much has changed, or the index is of no use any more. */
  static final class OvertakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OvertakenException() {
      super("the index no longer tells", null, false, false);
    }
  }

  /** Since {@code sequence}; {@code applied} was read before anything of the index. */
  TouchedTasks(
      CommitState state, ChangeLog changes, long sequence, long applied, Deadline deadline) {
    this.state = state;
    this.changes = changes;
    this.sequence = sequence;
    this.deadline = deadline;
    this.settledTo = Math.min(applied, sequence);
  }

  /**
   * Takes in what later commits have touched; after what is to be settled was read. Where the time
   * is over amid them, the next call goes on there.
   */
  void follow() {
    long to = Math.max(state.announced(), sequence);
    if (settledTo >= to) {
      return;
    }
    if (to - settledTo > MAX_COMMITS) {
      throw new OvertakenException();
    }
    int n = ordinals.length;
    try {
      while (settledTo < to) {
        deadline.step();
        n = add(settledTo + 1, n);
        settledTo++;
      }
    } finally {
      ordinals = Arrays.copyOf(ordinals, distinct(n));
    }
  }

  /** Puts those of a commit behind the first {@code n}; returns how many there are then. */
  private int add(long commit, int n) {
    long[] more = ordinals(commit);
    if (more == null || more.length > MAX_CHANGED) {
      throw new OvertakenException();
    }
    int kept = n;
    if (kept + more.length > MAX_CHANGED) {
      kept = distinct(kept); // a few tasks may have been touched by many commits
      if (kept + more.length > MAX_CHANGED) {
        throw new OvertakenException();
      }
    }
    if (kept + more.length > ordinals.length) {
      ordinals = Arrays.copyOf(ordinals, Math.max(2 * kept, kept + more.length));
    }
    System.arraycopy(more, 0, ordinals, kept, more.length);
    return kept + more.length;
  }

  /** Those of a commit, or null where nothing tells. */
  private long[] ordinals(long commit) {
    long[] recent = state.ordinals(commit);
    if (recent != null) {
      return recent;
    }
    try {
      return changes.ordinals(commit, MAX_CHANGED);
    } catch (CorruptionException e) {
      return null; // the records are intact all the same
    }
  }

  /** Sorts the first {@code n} and drops repetitions; returns how many stay. */
  private int distinct(int n) {
    Arrays.sort(ordinals, 0, n);
    int kept = Math.min(n, 1);
    for (int i = 1; i < n; i++) {
      if (ordinals[i] != ordinals[kept - 1]) {
        ordinals[kept++] = ordinals[i];
      }
    }
    return kept;
  }

  /** The place of the first that is not below the ordinal. */
  int from(long ordinal) {
    int place = Arrays.binarySearch(ordinals, ordinal);
    return place < 0 ? -place - 1 : place;
  }

  /** The ordinal at a place. */
  long at(int place) {
    return ordinals[place];
  }
}
