package dev.quarry.tools.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What stands before the command's name. */
@Command(name = "quarry", description = "Embedded task store: the command line tool.")
final class RootCommand {
  @Mixin GlobalOptions global = new GlobalOptions();

  @Mixin FormatOption formatOption = new FormatOption();

  @Option(
      names = {"-V", "--version"},
      description = "Print the version.")
  boolean version;
}
