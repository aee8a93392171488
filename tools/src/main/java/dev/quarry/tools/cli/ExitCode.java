package dev.quarry.tools.cli;

/** How the tool ends, as the shell sees it. */
final class ExitCode {
  static final int OK = 0;

  /** Not found, or a check failed. */
  static final int NEGATIVE = 1;

  static final int USAGE = 2;
  static final int NO_STORE = 3;
  static final int LOCKED = 4;
  static final int CORRUPTION = 5;
  static final int NEWER_FORMAT = 6;
  static final int CONFLICT = 7;
  static final int TIME_OUT = 8;

  /** Out of space, or over a limit. */
  static final int LIMIT = 9;

  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
