package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.TaskColumns;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes fields of a task in one step. */
@Command(
    description = {
      "Change fields of a task.",
      "FIELD=VALUE sets, FIELD= empties; tags+=a,b and tags-=a change lists.",
      "Fields: title status priority project agent assignee due description notes tags",
      "dependencies links estimated actual created completed attr.NAME. Links are parent:ID,",
      "related:ID, duplicates:ID and supersedes:ID; none of them blocks."
    })
final class SetCommand extends FormattedCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The task.")
  String id;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "FIELD=VALUE",
      description = "The changes, made in order.")
  List<String> assignments;

  @Option(
      names = "--if-version",
      paramLabel = "N",
      description = "Only if this is the task's version; otherwise exit code 7.")
  Long ifVersion;

  @Override
  int run(Session session) {
    Instant now = session.now();
    List<Assignment> changes =
        assignments.stream().map(text -> Assignment.parse(text, now)).toList();
    TaskColumns columns = session.writtenColumns();
    return session.write(store -> change(session, store, changes, columns));
  }

  private int change(
      Session session, TaskStore store, List<Assignment> changes, TaskColumns columns) {
    Task changed;
    if (ifVersion == null) {
      changed = store.update(id, task -> apply(task, changes));
    } else {
      Task present = store.get(id).orElseThrow(() -> CliException.notFound(id));
      changed = store.replace(apply(present, changes), ifVersion);
    }
    if (session.isInWords()) {
      session.out().line(changed.id() + " version " + changed.version());
    } else {
      session.printTask(columns, changed);
    }
    return ExitCode.OK;
  }

  /** The task with these changes made. */
  static Task apply(Task task, List<Assignment> changes) {
    Task.Builder builder = task.toBuilder();
    for (Assignment change : changes) {
      change.apply(builder);
    }
    return builder.build();
  }
}
