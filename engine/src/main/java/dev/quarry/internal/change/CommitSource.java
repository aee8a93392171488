package dev.quarry.internal.change;

import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitListener;
import java.util.function.Predicate;

/** Where a feed reads commits from. Thread-safe; under a lease of the store's guard. */
public interface CommitSource {
  /** The last commit of the store, now. */
  long last();

  /** Takes over what another process has committed, where one does; then {@link #last} tells. */
  void takeOver();

  /** The oldest commit in the change log; the one after the last where there is none. */
  long firstRetained();

  /** Feeds the commits behind {@code after}, in order, until {@code more} says no. */
  void forEach(long after, Predicate<Commit> more);

  /**
   * Where commits are made by another process: feeds those that have come up since {@code after} to
   * {@code target}. In the dispatcher's thread only.
   *
   * @return false where commits are announced by the committer instead, and this does nothing
   */
  boolean poll(long after, CommitListener target);
}
