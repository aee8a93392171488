package dev.quarry;

/** Where a task stands. The order of the constants is the order of sorting by status. */
public enum Status {
  /** Not begun. */
  TODO,
  /** Being worked on. */
  IN_PROGRESS,
  /** Cannot go on until something else happens. */
  BLOCKED,
  /** Finished as wanted. */
  DONE,
  /** Ended without success. */
  FAILED,
  /** Given up. */
  CANCELLED;

  /** Whether the task is over: {@link #DONE}, {@link #FAILED} or {@link #CANCELLED}. */
  public boolean isTerminal() {
    return this == DONE || this == FAILED || this == CANCELLED;
  }
}
