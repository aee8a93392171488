package dev.quarry.tools.watching;

/** What becomes of tasks whose file, or whose part of it, goes. */
public enum RemovalPolicy {
  /** They are deleted. */
  DELETE,
  /** They go to the archive, and come back with their file while the same watch runs. */
  ARCHIVE,
  /** They stay. */
  KEEP
}
