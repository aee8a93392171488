package dev.quarry.tools.cli;

import dev.quarry.BulkResult;
import dev.quarry.Job;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;

/** What the commands of the archive say. */
final class ArchivedIds {
  private static final int PAGE = 1_000;

  private ArchivedIds() {}

  /** Tasks are named in one way. */
  static void checkOneOf(String command, Object ids, Object olderThan, Object filter) {
    int ways = (ids == null ? 0 : 1) + (olderThan == null ? 0 : 1) + (filter == null ? 0 : 1);
    if (ways != 1) {
      throw CliException.usage(command + " takes one of ids, --older-than and --filter");
    }
  }

  /** Whether a store has archived tasks. */
  static boolean isAny(TaskStore store) {
    return !store.archived(Query.all(), PageRequest.first(1)).items().isEmpty();
  }

  /** How many archived tasks there are of a query. */
  static long count(TaskStore store, Query query) {
    long n = 0;
    Page<Task> page = store.archived(query, PageRequest.first(PAGE));
    n += page.items().size();
    while (page.hasNext()) {
      page = store.archived(query, PageRequest.after(page.continuation(), PAGE));
      n += page.items().size();
    }
    return n;
  }

  /** Prints how many tasks were moved; exit code 1 where some were not there. */
  static int told(Session session, String verb, BulkResult result) {
    session.out().line(verb + " " + result.updated());
    if (result.missing().isEmpty()) {
      return ExitCode.OK;
    }
    throw new CliException(
        ExitCode.NEGATIVE,
        "no task `" + String.join("`, `", result.missing()) + "`",
        "it is neither where it should come from nor where it should go",
        "quarry list");
  }

  /** Waits for a job and prints what it did. */
  static int ended(Session session, String verb, Job job) {
    try {
      Job.Progress progress = job.await();
      session.out().line(verb + " " + progress.changed());
      progress.problems().forEach(session::error);
      return ExitCode.OK;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      job.cancel();
      throw new CliException(
          ExitCode.INTERRUPTED, "interrupted", "finished chunks stay", "run it again to go on");
    }
  }
}
