package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import dev.quarry.query.Query;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes tasks, all in one commit. */
@Command
final class DeleteCommand extends FormattedCommand {
  private static final List<Column> COLUMNS =
      List.of(Column.text("id"), Column.text("status"), Column.text("title"));

  @Parameters(arity = "0..*", paramLabel = "ID", description = "The tasks.")
  List<String> ids;

  @Option(names = "--query", paramLabel = "TEXT", description = "Delete what this query finds.")
  String query;

  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    if ((ids == null) == (query == null)) {
      throw CliException.usage("delete takes either ids or --query");
    }
    Query parsed = query == null ? null : Query.parse(query, session.clock());
    session.checkFields(COLUMNS);
    List<String> missing = new ArrayList<>();
    if (!destructive.dryRun) {
      return session.write(store -> delete(session, store, parsed, missing));
    }
    return session.view(
        parsed == null ? Query.all() : parsed,
        store -> told(session, "would delete ", found(store, parsed, missing), missing));
  }

  private int delete(Session session, TaskStore store, Query parsed, List<String> missing) {
    List<Task> found = found(store, parsed, missing);
    if (!found.isEmpty()) {
      session.confirm(
          "delete " + found.size() + (found.size() == 1 ? " task" : " tasks"), destructive);
      try (WriteBatch batch = store.newBatch()) {
        found.forEach(task -> batch.delete(task.id()));
        batch.commit();
      }
    }
    return told(session, "deleted ", found, missing);
  }

  private static int told(Session session, String done, List<Task> found, List<String> missing) {
    int code = missing.isEmpty() ? ExitCode.OK : session.comesTo(missing(missing));
    session.printRows(
        COLUMNS, found.stream().map(t -> Arrays.asList(t.id(), t.status(), t.title())).toList());
    session.noteBelow(done + found.size());
    return code;
  }

  private static CliException missing(List<String> ids) {
    return new CliException(
        ExitCode.NEGATIVE,
        "no task `" + String.join("`, `", ids) + "`",
        "the store has no task with this id",
        "quarry list");
  }

  private List<Task> found(TaskReader store, Query parsed, List<String> missing) {
    return parsed == null ? byId(store, missing) : byQuery(store, parsed);
  }

  private List<Task> byId(TaskReader store, List<String> missing) {
    List<Task> found = new ArrayList<>();
    for (String id : new LinkedHashSet<>(ids)) {
      store.get(id).ifPresentOrElse(found::add, () -> missing.add(id));
    }
    return found;
  }

  private static List<Task> byQuery(TaskReader store, Query query) {
    try (Stream<Task> tasks = store.stream(query)) {
      return tasks.map(DeleteCommand::withoutTexts).toList();
    }
  }

  /** The part of a task that is printed, so that many can be held. */
  private static Task withoutTexts(Task task) {
    return Task.builder(task.id(), task.title()).status(task.status()).build();
  }
}
