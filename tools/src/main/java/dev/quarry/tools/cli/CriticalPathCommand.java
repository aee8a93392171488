package dev.quarry.tools.cli;

import dev.quarry.Task;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows the longest chain of open tasks, of the store or before one task. */
@Command
final class CriticalPathCommand extends FormattedCommand {
  @Parameters(arity = "0..1", paramLabel = "ID", description = "The task at the end; default any.")
  String id;

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    return session.read(
        store -> {
          List<Task> path =
              id == null ? store.graph().criticalPath() : store.graph().criticalPath(id);
          DepCommand.print(session, path);
          session.noteBelow(
              path.isEmpty()
                  ? "nothing open waits for anything"
                  : String.format(
                      Locale.ROOT, "%d tasks, %.1f hours", path.size(), DepCommand.hours(path)));
          return ExitCode.OK;
        });
  }
}
