package dev.quarry.tools.cli;

import dev.quarry.BulkResult;
import dev.quarry.Job;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.importing.IdSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes archived tasks for good. */
@Command(
    description = {
      "Delete archived tasks for good: named ones in one commit or not at all, others in chunks.",
      "Those on which tasks of the store depend stay, and are named. Ids of such are refused, exit",
      "code 7; with --older-than or --filter the others go, and the exit code is 1. --dry-run says",
      "the same beforehand."
    })
final class PurgeCommand extends FormattedCommand {
  private static final String DONE = "purged";
  private static final String WOULD = "would purge";

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
    ArchivedIds.checkFields(session, destructive.dryRun ? WOULD : DONE);
    if (ids != null && destructive.dryRun) {
      return session.read(store -> told(session, store, WOULD, looked(store)));
    }
    Query query = query(session);
    if (destructive.dryRun) {
      return session.read(store -> look(session, store, query));
    }
    return session.write(
        store -> {
          if (!destructive.yes) { // else nobody is asked, and a query reads the whole archive
            session.confirm("purge " + count(store, query) + " archived tasks", destructive);
          }
          return ids != null
              ? told(session, store, DONE, store.purge(ids))
              : ArchivedIds.ended(session, DONE, store.purge(query));
        });
  }

  /** Says what a purge of a query would come to. */
  private static int look(Session session, TaskStore store, Query query) {
    IdSet archived = new IdSet(); // the archive may be the larger part of a store
    AtomicLong count = new AtomicLong();
    ArchivedIds.forEach(
        store,
        query,
        task -> {
          archived.add(task.id());
          count.incrementAndGet();
        });
    Set<String> needed = count.get() == 0 ? Set.of() : needed(store, archived::contains);
    List<String> problems = new ArrayList<>();
    needed.stream()
        .sorted()
        .limit(Job.Progress.MAX_PROBLEMS)
        .forEach(id -> problems.add("task " + id + " stays: tasks of the store depend on it"));
    return ArchivedIds.ended(session, WOULD, count.get() - needed.size(), problems);
  }

  private long count(TaskStore store, Query query) {
    return ids == null
        ? ArchivedIds.count(store, query)
        : ids.stream().distinct().filter(id -> store.getArchived(id).isPresent()).count();
  }

  /** What a purge of these ids would come to. */
  private BulkResult looked(TaskStore store) {
    Set<String> archived = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    for (String id : new LinkedHashSet<>(ids)) {
      if (store.getArchived(id).isPresent()) {
        archived.add(id);
      } else {
        missing.add(id);
      }
    }
    Set<String> needed = archived.isEmpty() ? Set.of() : needed(store, archived::contains);
    if (!needed.isEmpty()) {
      throw new CliException(
          ExitCode.CONFLICT,
          "tasks of the store depend on archived ones, so none would be purged",
          "they depend on `" + String.join("`, `", needed) + "`",
          "leave these out; quarry dep rm takes a dependency away");
    }
    return new BulkResult(store.sequence(), archived.size(), 0, missing);
  }

  /** On which of these tasks of the store depend. Looks at every task: of the archive none says. */
  private static Set<String> needed(TaskStore store, Predicate<String> archived) {
    Set<String> needed = new LinkedHashSet<>();
    try (Stream<Task> tasks = store.stream(Query.all())) {
      tasks.flatMap(t -> t.dependencies().stream()).filter(archived).forEach(needed::add);
    }
    return needed;
  }

  /** Prints how many went; tasks that are in the store are told from those that are nowhere. */
  private static int told(Session session, TaskStore store, String verb, BulkResult result) {
    List<String> stored =
        result.missing().stream().filter(id -> store.get(id).isPresent()).toList();
    if (stored.isEmpty()) {
      return ArchivedIds.told(session, verb, result);
    }
    ArchivedIds.say(session, verb, result.updated());
    List<String> nowhere = new ArrayList<>(result.missing());
    nowhere.removeAll(stored);
    throw new CliException(
        ExitCode.NEGATIVE,
        "not archived: `"
            + String.join("`, `", stored)
            + "`"
            + (nowhere.isEmpty() ? "" : "; no task `" + String.join("`, `", nowhere) + "`"),
        "purge takes tasks of the archive only",
        "quarry delete deletes tasks of the store, quarry archive archives them");
  }

  private Query query(Session session) {
    if (ids != null) {
      return Query.where(TaskFields.ID.in(ids));
    }
    if (filter != null) {
      return Query.where(ClaimCommand.filterOf(filter, session.clock()));
    }
    Instant before = Inputs.time("--older-than", olderThan, session.now());
    return Query.where(TaskFields.UPDATED_AT.before(before));
  }
}
