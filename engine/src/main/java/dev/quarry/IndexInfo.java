package dev.quarry;

/**
 * An index as it stands.
 *
 * @param spec what it keeps
 * @param state whether queries use it
 * @param builtIn whether the store keeps it by itself
 */
public record IndexInfo(IndexSpec spec, State state, boolean builtIn) {
  /** Whether an index is used. */
  public enum State {
    /** Complete; queries use it. */
    READABLE,
    /** Being built; writes maintain it, queries do not use it. */
    WRITE_ONLY
  }
}
