package dev.quarry.tools.cli;

/** Ends a command with an exit code and up to three lines: what happened, why, what to do next. */
final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final String why;
  private final String next;
  private final boolean plain;

  CliException(int exitCode, String what, String why, String next) {
    this(exitCode, what, why, next, false);
  }

  private CliException(int exitCode, String what, String why, String next, boolean plain) {
    super(what);
    this.plain = plain;
    this.exitCode = exitCode;
    this.why = why;
    this.next = next;
  }

  static CliException usage(String what) {
    return new CliException(ExitCode.USAGE, what, null, null);
  }

  /** A usage error that stands for itself, without a word before it. */
  static CliException plain(String what) {
    return new CliException(ExitCode.USAGE, what, null, null, true);
  }

  static CliException notFound(String id) {
    return new CliException(
        ExitCode.NEGATIVE,
        "no task `" + id + "`",
        "the store has no task with this id",
        "quarry list, or quarry query \"id starts with '…'\"");
  }

  boolean isPlain() {
    return plain;
  }

  int exitCode() {
    return exitCode;
  }

  /** The reason, or null. */
  String why() {
    return why;
  }

  /** What to try, or null. */
  String next() {
    return next;
  }
}
