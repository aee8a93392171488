package dev.quarry.tools.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Options that stand before or after the command's name. */
final class GlobalOptions {
  @Option(
      names = "--db",
      paramLabel = "DIR",
      description = "The store's directory; default $QUARRY_DB, else ./quarry-db.")
  Path db;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings of the store; default $QUARRY_CONFIG. See quarry config show.")
  Path config;

  @Option(
      names = "--fields",
      paramLabel = "NAME",
      split = ",",
      description = "Show these fields only, in this order, e.g. id,title,attr.team.")
  List<String> fields;

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      description = "Write at most N bytes of output; whole rows, then where to go on.")
  Long maxBytes;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "Read the store as it was at this time, or behind the commit of this number.")
  String at;

  @Option(names = "--no-color", description = "No colour, also on a terminal.")
  boolean noColor;

  @Option(names = "--no-pager", description = "No pager, also on a terminal.")
  boolean noPager;

  @Option(
      names = {"-q", "--quiet"},
      description = "No remarks and no progress on standard error, only errors.")
  boolean quiet;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;
}
