package dev.quarry.tools.cli;

import dev.quarry.query.Query;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings tasks back from the archive. */
@Command(
    description = {
      "Bring tasks back from the archive: named ones in one commit, those of a query in chunks.",
      "With --filter a task that cannot come back, as one by which a circle of dependencies would",
      "be closed, stays and is named; then the exit code is 1."
    })
final class RestoreCommand extends FormattedCommand {
  private static final String DONE = "restored";

  @Parameters(arity = "0..*", paramLabel = "ID", description = "The tasks.")
  List<String> ids;

  @Option(
      names = "--filter",
      paramLabel = "QUERY",
      description = "Those that satisfy it, e.g. 'project = old'.")
  String filter;

  @Override
  int run(Session session) {
    if ((ids == null) == (filter == null)) {
      throw CliException.usage("restore takes either ids or --filter");
    }
    ArchivedIds.checkFields(session, DONE);
    if (ids != null) {
      return session.write(store -> ArchivedIds.told(session, DONE, store.restore(ids)));
    }
    Query query = Query.where(ClaimCommand.filterOf(filter, session.clock()));
    return session.write(store -> ArchivedIds.ended(session, DONE, store.restore(query)));
  }
}
