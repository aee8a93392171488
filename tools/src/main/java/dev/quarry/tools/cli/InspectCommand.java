package dev.quarry.tools.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;

/** Looks into a store's files; changes nothing, also in a damaged store. */
@Command
final class InspectCommand extends FormattedCommand {
  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    Path directory = session.db();
    session.requireStore(directory);
    session.printRecord(session.inspector().inspect(directory));
    return ExitCode.OK;
  }
}
