package dev.quarry.tools.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Brings tasks back from the archive. */
@Command(description = "Bring tasks back from the archive, all in one commit.")
final class RestoreCommand extends BaseCommand {
  @Parameters(arity = "1..*", paramLabel = "ID", description = "The tasks.")
  List<String> ids;

  @Override
  int run(Session session) {
    return session.write(store -> ArchivedIds.told(session, "restored", store.restore(ids)));
  }
}
