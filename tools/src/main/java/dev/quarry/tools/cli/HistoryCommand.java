package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what happened to a task, newest first. */
@Command(description = "Show what happened to a task, newest first; also to a deleted one.")
final class HistoryCommand extends FormattedCommand {
  static final int DEFAULT_LIMIT = 50;

  @Parameters(paramLabel = "ID", description = "The task.")
  String id;

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      description = "At most N changes; default 50.")
  int limit = DEFAULT_LIMIT;

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    return session.readBeside(store -> print(session, store, id, limit));
  }

  /** Prints the newest changes of a task. */
  static int print(Session session, TaskStore store, String id, int limit) {
    List<Change> changes = store.history(id, limit);
    session.printRows(ChangeRows.columns(), changes.stream().map(ChangeRows::row).toList());
    if (changes.size() == limit) {
      session.noteBelow("there may be older ones: --limit " + 2L * limit);
    }
    return ExitCode.OK;
  }
}
