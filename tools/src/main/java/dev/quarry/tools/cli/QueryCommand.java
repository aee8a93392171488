package dev.quarry.tools.cli;

import dev.quarry.query.Query;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists the tasks that a query finds. */
@Command(
    description = {
      "List the tasks that a query finds, such as",
      "  'status = TODO and priority >= HIGH and tag = docs order by priority desc, created'"
    })
final class QueryCommand extends FormattedCommand {
  @Parameters(paramLabel = "QUERY", description = "The query.")
  String text;

  @Mixin PageOptions page = new PageOptions();

  @Mixin ArchiveOption archive = new ArchiveOption();

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  boolean readsThePast() {
    return true;
  }

  @Override
  int run(Session session) {
    Query query = Query.parse(text, session.clock());
    return session.view(query, store -> archive.print(page, session, store, query));
  }
}
