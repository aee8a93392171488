package dev.quarry.tools.cli;

import picocli.CommandLine.Option;

/** Whose claim it is. */
final class OwnerOption {
  @Option(names = "--owner", paramLabel = "NAME", description = "Whose claim it is.")
  String owner;

  String required() {
    if (owner == null) {
      throw CliException.usage("--owner is missing; name the worker, e.g. --owner me");
    }
    return owner;
  }
}
