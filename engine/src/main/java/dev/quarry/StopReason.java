package dev.quarry;

/** Why a bounded result ended. */
public enum StopReason {
  /** Nothing is left. */
  EXHAUSTED,
  /** The page is full; the continuation goes on. */
  LIMIT_REACHED
}
