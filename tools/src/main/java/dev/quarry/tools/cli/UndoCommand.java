package dev.quarry.tools.cli;

import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes changes back. */
@Command(
    description = {
      "Take the last change of a task back; without an id, the whole last commit that changed",
      "tasks, in one commit or not at all. Refused where something later depends on it.",
      "Undoing an undo does it again."
    })
final class UndoCommand extends FormattedCommand {
  /** The cause of the end of a lease, which nobody made and undo passes over. */
  private static final String EXPIRE = "expire";

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("id"),
          Column.text("undid"),
          Column.number("sequence"),
          Column.text("status"));

  @Parameters(arity = "0..1", paramLabel = "ID", description = "The task.")
  String id;

  @Option(
      names = "--commit",
      paramLabel = "N",
      description = "The commit of this sequence, as history and tail show it.")
  Long commit;

  @Mixin WaitOption wait = new WaitOption();

  @Override
  int run(Session session) {
    if (id != null && commit != null) {
      throw CliException.usage("undo takes either the id of a task or --commit");
    }
    session.checkFields(COLUMNS);
    return session.write(store -> undo(session, store), wait.patience());
  }

  /** What undo of the id takes back, also where a lease of it runs out meanwhile. */
  private List<Change> lastChange(TaskStore store) {
    return store.history(id, 2).stream()
        .filter(change -> !change.cause().equals(EXPIRE))
        .limit(1)
        .toList();
  }

  private int undo(Session session, TaskStore store) {
    List<Change> undone;
    if (id != null) {
      undone = lastChange(store);
      store.undo(id);
    } else {
      undone = commit == null ? store.undoLast() : store.undo(commit);
    }
    if (undone.isEmpty()) {
      throw new CliException(
          ExitCode.NEGATIVE,
          "there is nothing to undo",
          commit == null ? "no commit changed a task" : "commit " + commit + " changed no task",
          "quarry tail");
    }
    List<List<Object>> rows = new ArrayList<>();
    for (Change change : undone) {
      if (session.isInWords()) {
        session
            .out()
            .line(
                "undid: " + change.cause() + " of " + change.id() + ", " + ChangeRows.what(change));
      }
      Status status = change.before() == null ? null : change.before().status();
      rows.add(Arrays.asList(change.id(), change.cause(), change.sequence(), status));
    }
    if (!session.isInWords()) {
      session.printRows(COLUMNS, rows);
    }
    return ExitCode.OK;
  }
}
