package dev.quarry;

/** How urgent a task is, rising: {@code LOW < MEDIUM < HIGH < CRITICAL}. */
public enum Priority {
  /** Lowest. */
  LOW,
  /** The default. */
  MEDIUM,
  /** Before the default. */
  HIGH,
  /** Before all else. */
  CRITICAL
}
