package dev.quarry.tools.cli;

import picocli.CommandLine.Option;

/** Options of commands that destroy something. */
final class DestructiveOptions {
  @Option(names = "--dry-run", description = "Say what would be done, change nothing.")
  boolean dryRun;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask.")
  boolean yes;
}
