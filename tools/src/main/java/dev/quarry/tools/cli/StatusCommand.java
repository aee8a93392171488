package dev.quarry.tools.cli;

import dev.quarry.BulkResult;
import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Sets tasks to one status: the verbs start, done, fail, cancel, block. */
@Command
final class StatusCommand extends FormattedCommand {
  private static final List<Column> COLUMNS = List.of(Column.text("id"), Column.text("status"));

  private final Status status;

  @Parameters(arity = "1..*", paramLabel = "ID", description = "The tasks.")
  List<String> ids;

  StatusCommand(Status status) {
    this.status = status;
  }

  @Override
  int run(Session session) {
    session.checkFields(COLUMNS);
    return session.write(store -> change(session, store));
  }

  private int change(Session session, TaskStore store) {
    Set<String> wanted = new LinkedHashSet<>(ids);
    BulkResult result = store.setStatus(wanted, status);
    Set<String> missing = new HashSet<>(result.missing());
    int code = missing.isEmpty() ? ExitCode.OK : session.comesTo(missing(result));
    List<List<Object>> rows = new ArrayList<>();
    for (String id : wanted) {
      if (!missing.contains(id)) {
        rows.add(Arrays.asList(id, status));
      }
    }
    session.printRows(COLUMNS, rows);
    session.noteBelow(result.updated() + " changed, " + result.unchanged() + " unchanged");
    return code;
  }

  private static CliException missing(BulkResult result) {
    return new CliException(
        ExitCode.NEGATIVE,
        "no task `" + String.join("`, `", result.missing()) + "`",
        "the store has no task with this id; the others were changed",
        "quarry list");
  }
}
