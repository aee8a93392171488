package dev.quarry.tools.cli;

import dev.quarry.BulkResult;
import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves tasks to the archive. */
@Command(
    description = {
      "Move tasks to the archive: out of every list and index, but not deleted.",
      "Those that depend on an archived task see its status still. Its id stays taken.",
      "With --older-than or --filter a task that cannot be moved stays and is named; then the exit",
      "code is 1."
    })
final class ArchiveCommand extends FormattedCommand {
  @Parameters(arity = "0..*", paramLabel = "ID", description = "The tasks.")
  List<String> ids;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      description = "Those last changed before this time, e.g. -90d.")
  String olderThan;

  @Option(
      names = "--filter",
      paramLabel = "QUERY",
      description = "Those that satisfy it, e.g. 'project = old and status = DONE'.")
  String filter;

  @Option(
      names = "--status",
      split = ",",
      paramLabel = "STATUS",
      description = "With --older-than, of these statuses; default DONE,CANCELLED.")
  List<String> statuses;

  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    ArchivedIds.checkOneOf("archive", ids, olderThan, filter);
    if (statuses != null && olderThan == null) {
      throw CliException.usage("--status goes with --older-than");
    }
    String verb = destructive.dryRun ? "would archive" : "archived";
    ArchivedIds.checkFields(session, verb);
    if (ids != null) {
      return destructive.dryRun
          ? session.read(store -> ArchivedIds.told(session, verb, present(store)))
          : session.write(store -> ArchivedIds.told(session, verb, store.archive(ids)));
    }
    Query query =
        Query.where(filter != null ? ClaimCommand.filterOf(filter, session.clock()) : old(session));
    if (destructive.dryRun) {
      return session.read(
          store -> {
            ArchivedIds.say(session, verb, store.count(query));
            return ExitCode.OK;
          });
    }
    return session.write(
        store -> {
          if (!destructive.yes) {
            session.confirm("archive " + store.count(query) + " tasks", destructive);
          }
          return ArchivedIds.ended(session, verb, store.archive(query));
        });
  }

  private Condition old(Session session) {
    Instant before = Inputs.time("--older-than", olderThan, session.now());
    Set<Status> wanted = new LinkedHashSet<>();
    (statuses == null ? List.of("DONE", "CANCELLED") : statuses)
        .forEach(text -> wanted.add(Inputs.status(text)));
    return TaskFields.STATUS.in(wanted).and(TaskFields.UPDATED_AT.before(before));
  }

  private BulkResult present(TaskStore store) {
    List<String> missing = new ArrayList<>();
    int found = 0;
    int unchanged = 0;
    for (String id : new LinkedHashSet<>(ids)) {
      if (store.get(id).isPresent()) {
        found++;
      } else if (store.getArchived(id).isPresent()) {
        unchanged++;
      } else {
        missing.add(id);
      }
    }
    return new BulkResult(store.sequence(), found, unchanged, missing);
  }
}
