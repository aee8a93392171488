package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.tools.format.ChecklistItems;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.TaskColumns;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a task. */
@Command
final class ShowCommand extends FormattedCommand {
  @Parameters(paramLabel = "ID", description = "The task.")
  String id;

  @Option(names = "--checklist", description = "Only the items of the check list in its text.")
  boolean checklist;

  @Option(names = "--include-archived", description = "Also where it is in the archive.")
  boolean includeArchived;

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  boolean readsThePast() {
    return true;
  }

  @Override
  int run(Session session) {
    return session.viewBeside(store -> show(session, store));
  }

  private int show(Session session, TaskReader store) {
    Task task =
        includeArchived ? archivedToo(session, ArchivedToo.present(store)) : task(store, id);
    return checklist ? showChecklist(session, task) : print(session, task);
  }

  private Task archivedToo(Session session, TaskStore store) {
    Optional<Task> present = store.get(id);
    if (present.isPresent()) {
      return present.get();
    }
    Task archived = store.getArchived(id).orElseThrow(() -> CliException.notFound(id));
    session.noteBelow("archived; quarry restore " + id + " brings it back");
    return archived;
  }

  static Task task(TaskReader store, String id) {
    return store.get(id).orElseThrow(() -> missing(store, id));
  }

  private static CliException missing(TaskReader reader, String id) {
    if (reader instanceof TaskStore store && store.getArchived(id).isPresent()) {
      return new CliException(
          ExitCode.NEGATIVE,
          "task `" + id + "` is archived",
          "archived tasks are in no list and no index",
          "quarry show --include-archived " + id + ", or quarry restore " + id);
    }
    return CliException.notFound(id);
  }

  /** Prints every field of a task, or those that were chosen. */
  static int print(Session session, Task task) {
    TaskColumns columns = session.fields().isEmpty() ? TaskColumns.all() : session.chosenColumns();
    session.printTask(columns, task);
    return ExitCode.OK;
  }

  private static int showChecklist(Session session, Task task) {
    ChecklistItems checklist = ChecklistItems.of(task);
    session.printRows(
        List.of(Column.number("number"), Column.text("done"), Column.text("text")),
        checklist.items().stream()
            .map(item -> Arrays.asList(item.number(), item.done(), item.text()))
            .toList());
    session.noteBelow(checklist.done() + " of " + checklist.total() + " done");
    return ExitCode.OK;
  }
}
