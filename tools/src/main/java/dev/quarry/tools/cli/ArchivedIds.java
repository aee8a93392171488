package dev.quarry.tools.cli;

import dev.quarry.BulkResult;
import dev.quarry.Job;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

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
    AtomicLong n = new AtomicLong();
    forEach(store, query, task -> n.incrementAndGet());
    return n.get();
  }

  /** The archived tasks of a query, by id. */
  static void forEach(TaskStore store, Query query, Consumer<Task> action) {
    Page<Task> page = store.archived(query, PageRequest.first(PAGE));
    page.items().forEach(action);
    while (page.hasNext()) {
      page = store.archived(query, PageRequest.after(page.continuation(), PAGE));
      page.items().forEach(action);
    }
  }

  /** Refuses fields that what is said has not, before anything is done. */
  static void checkFields(Session session, String verb) {
    session.checkFieldsOf(List.of(key(verb)));
  }

  /** Prints how many tasks it were. */
  static void say(Session session, String verb, long number) {
    if (session.isInWords()) {
      session.out().line(verb + " " + number);
    } else {
      session.printRecord(Map.of(key(verb), number));
    }
  }

  private static String key(String verb) {
    return verb.replace(' ', '_');
  }

  /** Prints how many tasks were moved; exit code 1 where some were not there. */
  static int told(Session session, String verb, BulkResult result) {
    say(session, verb, result.updated());
    if (result.missing().isEmpty()) {
      return ExitCode.OK;
    }
    throw new CliException(
        ExitCode.NEGATIVE,
        "no task `" + String.join("`, `", result.missing()) + "`",
        "it is neither where it should come from nor where it should go",
        "quarry list");
  }

  /** Waits for a job and prints what it did; exit code 1 where some tasks had to stay. */
  static int ended(Session session, String verb, Job job) {
    try {
      Job.Progress progress = job.await();
      return ended(session, verb, progress.changed(), progress.problems());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      job.cancel();
      throw new CliException(
          ExitCode.INTERRUPTED, "interrupted", "finished chunks stay", "run it again to go on");
    }
  }

  /** The same of what a job did, or would do; of the problems it has the first ones only. */
  static int ended(Session session, String verb, long changed, List<String> problems) {
    int code = session.comesTo(problems.isEmpty() ? ExitCode.OK : ExitCode.NEGATIVE);
    problems.forEach(session::error);
    if (problems.size() == Job.Progress.MAX_PROBLEMS) {
      session.error("these are the first " + problems.size() + "; there may be more");
    }
    say(session, verb, changed);
    return code;
  }
}
