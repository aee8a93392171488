package dev.quarry.tools.config;

/** Where a value comes from; a later one wins. */
public enum Origin {
  /** Nobody set it. */
  DEFAULT,
  /** The configuration file. */
  FILE,
  /** A variable of the environment. */
  ENVIRONMENT
}
