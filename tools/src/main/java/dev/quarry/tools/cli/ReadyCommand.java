package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.tools.render.TaskColumns;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists the tasks that can be started. */
@Command(
    description = {
      "List the tasks that can be started: TODO, and all that they depend on is DONE. Highest",
      "priority first, then oldest, which is the order in which `quarry claim --next` takes them.",
      "Exit code 1 where there is none."
    })
final class ReadyCommand extends FormattedCommand {
  private static final List<String> COLUMNS = List.of("id", "priority", "due_at", "title");

  @Parameters(arity = "0..1", paramLabel = "QUERY", description = "Which of them; default all.")
  String text;

  @Mixin PageOptions page = new PageOptions();

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    Query given = text == null ? Query.all() : Query.parse(text, session.clock());
    Query query = ReadyTasks.query(given);
    boolean people = session.format().isForPeople() && session.fields().isEmpty();
    TaskColumns columns = people ? TaskColumns.of(COLUMNS) : session.taskColumns();
    return session.readReady(store -> print(session, store, query, given, columns));
  }

  private int print(
      Session session, TaskStore store, Query query, Query given, TaskColumns columns) {
    page.print(new TaskPrinter(session, columns, false), session, store, query);
    ReadyTasks.Counts counts = ReadyTasks.count(store, given.condition());
    session.noteBelow(counts.ready() + " ready, " + counts.blocked() + " blocked");
    return counts.ready() > 0 ? ExitCode.OK : ExitCode.NEGATIVE;
  }
}
