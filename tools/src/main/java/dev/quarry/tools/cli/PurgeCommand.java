package dev.quarry.tools.cli;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes archived tasks for good. */
@Command(
    description = {
      "Delete archived tasks for good: named ones in one commit or not at all, others in chunks.",
      "Those on which tasks of the store depend stay, and are named."
    })
final class PurgeCommand extends BaseCommand {
  @Parameters(arity = "0..*", paramLabel = "ID", description = "The archived tasks.")
  List<String> ids;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      description = "Those last changed before this time, e.g. -365d.")
  String olderThan;

  @Option(
      names = "--filter",
      paramLabel = "QUERY",
      description = "Those that satisfy it, e.g. 'project = old'.")
  String filter;

  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    ArchivedIds.checkOneOf("purge", ids, olderThan, filter);
    Query query = query(session);
    if (destructive.dryRun) {
      return session.read(
          store -> {
            session.out().line("would purge " + ArchivedIds.count(store, query));
            return ExitCode.OK;
          });
    }
    return session.write(
        store -> {
          String what = "purge " + ArchivedIds.count(store, query) + " archived tasks";
          session.confirm(what, destructive);
          return ids != null
              ? ArchivedIds.told(session, "purged", store.purge(ids))
              : ArchivedIds.ended(session, "purged", store.purge(query));
        });
  }

  private Query query(Session session) {
    if (ids != null) {
      return Query.where(TaskFields.ID.in(ids));
    }
    if (filter != null) {
      return Query.where(ClaimCommand.filterOf(filter));
    }
    Instant before = Inputs.time("--older-than", olderThan, session.now());
    return Query.where(TaskFields.UPDATED_AT.before(before));
  }
}
