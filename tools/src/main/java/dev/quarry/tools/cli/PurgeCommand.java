package dev.quarry.tools.cli;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Deletes archived tasks for good. */
@Command(
    description = {
      "Delete archived tasks for good.",
      "Those on which tasks of the store depend stay, and are named."
    })
final class PurgeCommand extends BaseCommand {
  private static final int PAGE = 1_000;

  @Option(
      names = "--older-than",
      required = true,
      paramLabel = "TIME",
      description = "Those last changed before this time, e.g. -365d.")
  String olderThan;

  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    Instant before = Inputs.time("--older-than", olderThan, session.now());
    if (destructive.dryRun) {
      return session.read(
          store -> {
            session.out().line("would purge " + count(store, before));
            return ExitCode.OK;
          });
    }
    return session.write(
        store -> {
          session.confirm("purge " + count(store, before) + " archived tasks", destructive);
          return ArchivedIds.ended(session, "purged", store.purge(before));
        });
  }

  private static long count(TaskStore store, Instant before) {
    Query query = Query.where(TaskFields.UPDATED_AT.before(before));
    long n = 0;
    Page<Task> page = store.archived(query, PageRequest.first(PAGE));
    n += page.items().size();
    while (!page.continuation().isEnd()) {
      page = store.archived(query, PageRequest.after(page.continuation(), PAGE));
      n += page.items().size();
    }
    return n;
  }
}
