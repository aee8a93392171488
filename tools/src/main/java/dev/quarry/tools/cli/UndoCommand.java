package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.OutputFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes a task's last change back. */
@Command(
    description = {
      "Take the last change of a task back; without an id, what the last commit did.",
      "Refused where something later depends on it. Undoing an undo does it again."
    })
final class UndoCommand extends FormattedCommand {
  private static final int SEARCHED_COMMITS = 10_000;

  @Parameters(arity = "0..1", paramLabel = "ID", description = "The task.")
  String id;

  @Override
  int run(Session session) {
    return session.write(store -> undo(session, store));
  }

  private int undo(Session session, TaskStore store) {
    List<Change> changes = id == null ? lastCommit(store) : store.history(id, 1);
    List<List<Object>> rows = new ArrayList<>();
    for (int i = changes.size() - 1;
        i >= 0;
        i--) { // the last first, as each may need the one before
      Change change = changes.get(i);
      Optional<Task> now = store.undo(change.id());
      if (session.format() == OutputFormat.TABLE) {
        session
            .out()
            .line(
                "undid: " + change.cause() + " of " + change.id() + ", " + ChangeRows.what(change));
      }
      rows.add(
          Arrays.asList(
              change.id(), change.cause(), change.sequence(), now.map(Task::status).orElse(null)));
    }
    if (session.format() != OutputFormat.TABLE) {
      session.printRows(
          List.of(
              Column.text("id"),
              Column.text("undid"),
              Column.number("sequence"),
              Column.text("status")),
          rows);
    }
    return ExitCode.OK;
  }

  /** What the last commit did that did anything to tasks. */
  private static List<Change> lastCommit(TaskStore store) {
    long last = store.sequence();
    for (long s = last; s > 0 && last - s < SEARCHED_COMMITS; s--) {
      long sequence = s;
      List<Change> changes = store.changesAfter(s - 1, 1);
      List<Change> own = changes.stream().filter(c -> c.sequence() == sequence).toList();
      if (!own.isEmpty()) {
        return own;
      }
    }
    throw new CliException(
        ExitCode.NEGATIVE,
        "there is nothing to undo",
        "no recent commit changed a task",
        "quarry tail");
  }
}
