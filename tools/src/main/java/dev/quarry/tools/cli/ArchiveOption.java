package dev.quarry.tools.cli;

import dev.quarry.TaskReader;
import dev.quarry.query.Query;
import picocli.CommandLine.Option;

/** Whether a command reads the archive, too. */
final class ArchiveOption {
  @Option(
      names = "--include-archived",
      description = "Also those of the archive, by id behind the others.")
  boolean included;

  /** Prints the tasks of a query as {@code page} says. */
  int print(PageOptions page, Session session, TaskReader reader, Query query) {
    if (!included) {
      return page.print(session, reader, query);
    }
    ArchivedToo tasks = ArchivedToo.of(reader, query);
    int exitCode = page.print(session, tasks);
    if (tasks.archived() > 0) {
      session.noteBelow("of the archive: " + tasks.archived());
    }
    return exitCode;
  }
}
