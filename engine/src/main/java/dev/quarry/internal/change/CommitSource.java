package dev.quarry.internal.change;

import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitPart;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/** Where a feed reads commits from. Thread-safe; under a lease of the store's guard. */
public interface CommitSource {
  /** The last commit of the store, now. */
  long last();

  /** The last commit that a reader may have seen: beyond {@link #last} while one is completed. */
  long lastSeen();

  /**
   * Takes over what another process has committed, where no other thread works with the store; then
   * {@link #last} tells.
   *
   * @return false where commits are announced by the committer instead, and this does nothing
   */
  boolean takeOver();

  /** The oldest commit in the change log; the one after the last where there is none. */
  long firstRetained();

  /** One who reads it in parts. To be let go at its end, for it may hold what it goes on with. */
  Reader reader();

  /** Reads parts of the log. For one thread at a time. */
  interface Reader {
    /**
     * Feeds the changes behind the first {@code skip} of those behind {@code after}, in order and
     * in parts, until {@code more} says no. A commit without changes is one part without changes.
     * Whoever goes on where the last part ended pays for what follows alone.
     *
     * @param most how many changes the next part may have, at least 1
     */
    void forEachPart(long after, int skip, IntSupplier most, Predicate<CommitPart> more);

    /** Feeds the commits behind {@code after}, in order and whole, until {@code more} says no. */
    default void forEach(long after, Predicate<Commit> more) {
      forEachPart(after, 0, () -> Integer.MAX_VALUE, part -> more.test(part.commit()));
    }
  }
}
