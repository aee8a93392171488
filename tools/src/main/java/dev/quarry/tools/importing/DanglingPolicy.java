package dev.quarry.tools.importing;

/** What to do with a dependency on an id that is not in the source, the store or its archive. */
public enum DanglingPolicy {
  /** Keep it and report it. */
  ALLOW,
  /** Take it out of the dependencies and keep it in the attribute {@code dependencies.dangling}. */
  SKIP,
  /** Create a task of that id, marked by the attribute {@code import.stub}. */
  STUB,
  /** The record is an error. */
  STRICT
}
