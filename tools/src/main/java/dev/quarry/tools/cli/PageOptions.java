package dev.quarry.tools.cli;

import dev.quarry.Continuation;
import dev.quarry.PageRequest;
import dev.quarry.TaskReader;
import dev.quarry.query.Query;
import picocli.CommandLine.Option;

/** Which part of a result to print. */
final class PageOptions {
  private static final int DEFAULT_SIZE = 20;

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      description = "At most N tasks; default 20.")
  Integer limit;

  @Option(
      names = "--after",
      paramLabel = "TOKEN",
      description = "Go on behind the page that printed this token; the query must be the same.")
  String after;

  @Option(names = "--all", description = "Every task, streamed.")
  boolean all;

  int size(Query query) {
    if (limit == null) {
      return Math.min(query.limit().orElse(DEFAULT_SIZE), PageRequest.MAX_SIZE);
    }
    if (limit < 1 || limit > PageRequest.MAX_SIZE) {
      throw CliException.usage(
          "--limit must be 1 to "
              + PageRequest.MAX_SIZE
              + ", but is "
              + limit
              + "; --all gives every task");
    }
    return limit;
  }

  /** Prints as these options say. */
  int print(Session session, TaskReader store, Query query) {
    return print(new TaskPrinter(session), session, store, query);
  }

  /** Prints with this printer as these options say. */
  int print(TaskPrinter printer, Session session, TaskReader store, Query query) {
    if (!all) {
      return printer.page(store, query, this);
    }
    checkAll(session);
    return printer.all(store, query);
  }

  /** Prints tasks and archived ones as these options say. */
  int print(Session session, ArchivedToo tasks) {
    TaskPrinter printer = new TaskPrinter(session);
    if (session.maxBytes() > 0) { // a page that is cut short is read twice, the archive as it is
      throw CliException.usage("--include-archived cannot stand with --max-bytes; use --limit");
    }
    if (!all) {
      return printer.page(tasks, this);
    }
    checkAll(session);
    return printer.all(tasks);
  }

  private void checkAll(Session session) {
    if (limit != null || after != null || session.maxBytes() > 0) {
      throw CliException.usage("--all cannot stand with --limit, --after or --max-bytes");
    }
  }

  /** The page that is asked for. */
  PageRequest request(Query query) {
    boolean first = after == null || after.isEmpty();
    return new PageRequest(size(query), first ? null : new Continuation(after));
  }
}
