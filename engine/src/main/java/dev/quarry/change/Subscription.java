package dev.quarry.change;

import java.time.Duration;

/**
 * A running delivery of changes to one listener. Thread-safe; the methods that only tell never
 * wait. Closing the store closes its subscriptions.
 */
public interface Subscription extends AutoCloseable {
  /** Where a subscription stands. */
  enum State {
    /** It reads commits of the past out of the change log. */
    CATCHING_UP,
    /** It is handed each commit as it happens. */
    LIVE,
    /** It gave up; see {@link #failure}. */
    FAILED,
    /** It was closed. */
    CLOSED
  }

  /**
   * The sequence up to which everything was delivered that concerns the filter. Passing it as
   * {@link WatchOptions.Builder#fromSequence} goes on from here, without gap or double. It moves
   * only past whole commits: where a delivery ended within one, what was delivered of it, whose
   * sequence is larger than the position, comes again.
   */
  long position();

  /** Commits between the position and the store's last. */
  long lag();

  /** Changes handed to the listener so far, each counted once however often it was retried. */
  long delivered();

  /**
   * Changes that were not handed over: those that a queue of {@link WatchOptions.Mode#LOSSY} had no
   * room for, and those that {@link WatchOptions.Mode#LATEST} replaced by later ones.
   */
  long dropped();

  /** Where it stands. */
  State state();

  /** Why it {@linkplain State#FAILED failed}, else null. */
  Throwable failure();

  /**
   * Waits until the {@linkplain #position position} is at least {@code sequence}. Not from inside
   * the listener, which holds the position back.
   *
   * @return false where the time ran out or the subscription ended before
   * @throws InterruptedException if this thread was interrupted
   */
  boolean await(long sequence, Duration timeout) throws InterruptedException;

  /**
   * Ends the delivery. The commit under delivery is completed, unless it is held back by a retry, a
   * rate or missing demand; then this returns, so that afterwards nothing is delivered. Where the
   * change log no longer has the rest of it, the subscription has {@linkplain State#FAILED failed}.
   * From inside the listener it returns at once, and nothing is delivered after that call; the
   * position then stands before the commit under delivery unless this was its last change.
   * Idempotent.
   *
   * @throws IllegalStateException inside a change function of a write of the store, for which what
   *     it waits for may have to wait
   */
  @Override
  void close();
}
