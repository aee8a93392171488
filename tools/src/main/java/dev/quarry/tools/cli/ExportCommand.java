package dev.quarry.tools.cli;

import picocli.CommandLine.Command;

/** To come. */
@Command
final class ExportCommand extends BaseCommand {
  @Override
  int run(Session session) {
    throw new CliException(ExitCode.NEGATIVE, "not in this build yet", null, null);
  }
}
